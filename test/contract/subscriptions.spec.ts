import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gateways } from '../../src/webhooks/gateways/index.js';
import { PROJECT } from '../architecture/planted-copy.js';

const page = readFileSync(join(PROJECT, 'docs/gateways.md'), 'utf8');

/** The events that the page says to subscribe to at a gateway: the code words of the sentence. */
function documented(name: string): string[] {
  const [, section = ''] = page.split(new RegExp(`^## .*/webhooks/${name}\``, 'm'));
  const [text = ''] = section.split(/^## /m);
  const [, sentence = ''] = /Subscribe to ([^]*?)\.\s/.exec(text) ?? [];
  return [...sentence.matchAll(/`([^`]+)`/g)].map(([, type]) => type ?? '');
}

const listed = gateways.filter(({ subscribeTo }) => subscribeTo !== undefined);

describe('the events to subscribe to', () => {
  it.each(
    listed.filter(({ name }) => name !== 'standard').map(({ name, subscribeTo }) => [name, subscribeTo]),
  )('of %s are documented, each once', (name, subscribeTo) => {
    expect(documented(name as string)).toEqual(subscribeTo);
    expect(new Set(subscribeTo).size).toBe(subscribeTo?.length);
  });

  it('each says something about a payment', () => {
    const silent = listed.flatMap((gateway) =>
      (gateway.subscribeTo ?? []).filter((type) => {
        const body = { type, event: type, payload: { payment: { entity: {} } } };
        const message = {
          raw: Buffer.of(),
          headers: {},
          provenance: 'received',
          mode: 'live',
          settings: {},
          body,
          receivedAt: new Date(),
        } as const;
        return gateway.dtoFor(message) === null;
      }),
    );
    expect(silent).toEqual([]);
  });
});
