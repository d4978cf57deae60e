import { describe, expect, it } from '@jest/globals';
import { DomainEvent } from '../domain-event.js';
import { shownAs } from '../shown-as.js';
import { EventCatalog } from './event-catalog.js';

class CardSeen extends DomainEvent<object> {
  static override readonly eventName = 'card.seen_first';
  static override readonly defaults = { tries: 1 };
  static override readonly shown = {
    id: shownAs.uuid,
    tries: { type: 'integer' },
    failure: shownAs.orNull(shownAs.object({ code: shownAs.text })),
    parts: shownAs.list(shownAs.object({ id: shownAs.text })),
    loose: { type: 'object' },
    words: { type: 'array' },
  };
}
class CardLost extends DomainEvent<object> {
  static override readonly eventName = 'card.lost';
}
const catalog = new EventCatalog([CardSeen, CardLost, CardSeen]);

describe('what an event shows', () => {
  it.each([
    [
      'what its class declares, as deep as it declares it',
      'card.seen_first',
      {
        ...{ id: '1', holder: 'Asha', failure: { code: 'x', message: 'Asha' }, words: ['Asha'] },
        ...{ parts: [{ id: 'p', name: 'Asha' }], loose: { name: 'Asha' } },
      },
      { id: '1', tries: 1, failure: { code: 'x' }, parts: [{ id: 'p' }], loose: {}, words: [] },
    ],
    [
      'null where a field is missing',
      'card.seen_first',
      { failure: null },
      { id: null, tries: 1, failure: null, parts: null, loose: null, words: null },
    ],
    ['nothing where its class declares nothing', 'card.lost', { holder: 'Asha' }, {}],
    ['nothing where its class is gone', 'card.gone', { holder: 'Asha' }, {}],
  ])('%s', (_, name, payload, data) => {
    expect(catalog.toData(name, payload)).toEqual(data);
  });
});

it.each([
  ['*', true],
  ['card.*', true],
  ['card.lost', true],
  ['card.l*', false],
  ['car.*', false],
  ['card', false],
  ['card.gone', false],
  ['', false],
  ['.*', false],
])('%j as a topic: %s', (topic, isTopic) => {
  expect(catalog.isTopic(topic)).toBe(isTopic);
});

it('refuses two classes of one name', () => {
  class Other extends DomainEvent<object> {
    static override readonly eventName = 'card.lost';
  }
  expect(() => new EventCatalog([CardLost, Other])).toThrow(
    'Other and CardLost have the same event name "card.lost".',
  );
});
