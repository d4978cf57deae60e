import { describe, expect, it } from '@jest/globals';
import { newSecret } from '../sending/secrets.js';
import { readChange, readRedeliver, readRegistration, readRotation } from './subscription-body.js';

/* The rules of bodies. What is stored of them is in test/e2e/subscriptions.e2e-spec.ts. */

const good = { url: 'https://members.example/hook', topics: ['payment.*'] };
const isTopic = (): boolean => true;

describe('null', () => {
  it.each(['ordered', 'includeCustomer', 'maxInFlight', 'ratePerSecond', 'url', 'topics'])(
    'is refused for %s, in a registration and in a change',
    (name) => {
      const faults = [{ path: name, message: expect.stringMatching(/^must /) }];
      expect(readRegistration({ ...good, [name]: null }, isTopic)).toEqual(faults);
      expect(readChange({ [name]: null }, isTopic)).toEqual(faults);
    },
  );

  it('is refused for the mode of a filter, and for a secret', () => {
    const ofMode = [{ path: 'filter.mode', message: 'must be live or test' }];
    expect(readRegistration({ ...good, filter: { mode: null } }, isTopic)).toEqual(ofMode);
    expect(readChange({ filter: { mode: null } }, isTopic)).toEqual(ofMode);
    const ofSecret = [{ path: 'secret', message: expect.stringContaining('whsec_') }];
    expect(readRegistration({ ...good, secret: null }, isTopic)).toEqual(ofSecret);
    expect(readRotation({ secret: null })).toEqual(ofSecret);
  });

  it('means none elsewhere', () => {
    const none = { description: null, filter: { gateway: null, account: null, merchant: null } };
    const read = { description: null, filter: { ...none.filter, mode: 'live' } };
    expect(readRegistration({ ...good, ...none }, isTopic)).toMatchObject(read);
    expect(readChange(none, isTopic)).toEqual(read);
    expect(readChange({ filter: null }, isTopic)).toEqual({ filter: read.filter });
  });
});

it('a secret is taken as it is given', () => {
  const secret = newSecret();
  expect(readRegistration({ ...good, secret }, isTopic)).toMatchObject({ secret });
  expect(readRotation({})).toEqual({ secret: null });
});

it.each([
  ['must have a port from 1 to 65535', 'https://members.example:99999/hook'],
  ['must have a port from 1 to 65535', 'https://members.example:x'],
  ['must have a port from 1 to 65535', 'https://[::1]:99999'],
  ['must have a port from 1 to 65535', 'https://members.example:0/'],
  ['must have no spaces and no control characters', ' '],
  ['must have no spaces and no control characters', 'https://members.example/a b'],
  ['must be a URL', 'members.example'],
  ['must be a URL', 'https://'],
  ['must be a URL of at most 2048 characters', `https://members.example/${'a'.repeat(2_048)}`],
  ['must be a URL of at most 2048 characters', 7],
])('a URL %s (%#)', (message, url) => {
  expect(readRegistration({ ...good, url }, isTopic)).toEqual([{ path: 'url', message }]);
});

describe('the time to send again from', () => {
  it.each([
    '2026-02-30',
    '2026-02-29T10:00:00Z',
    '2026-13-01',
    '2026-04-31T00:00',
    '2026-04-30T25:00:00Z',
    '2026-W10',
  ])('%s is refused', (since) => {
    expect(readRedeliver({ since })).toEqual([
      { path: 'since', message: 'must be a date, or a date with a time, as ISO 8601 writes them' },
    ]);
  });

  it.each([
    ['2028-02-29', '2028-02-29T00:00:00.000Z'],
    ['2026-02-28T10:00', '2026-02-28T10:00:00.000Z'],
    ['2026-02-28T10:00:00.123456+05:30', '2026-02-28T04:30:00.123Z'],
  ])('%s is %s', (since, time) => {
    expect(readRedeliver({ since })).toEqual({ kind: 'since', since: new Date(time) });
  });
});
