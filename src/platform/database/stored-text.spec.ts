import { expect, it } from '@jest/globals';
import { isStorable, MAX_REASON_LENGTH, toStoredReason } from './stored-text.js';

const long = 'x'.repeat(10_000_000);

it.each<[what: string, said: unknown, stored: string | null]>([
  ['a reason', 'HandlerError: closed, 3 € a day 😀', 'HandlerError: closed, 3 € a day 😀'],
  ['no reason', null, null],
  ['a reason that was left out', undefined, null],
  ['an empty text', '', ''],
  ['NUL characters', '\0a\0b\0', 'ab'],
  ['the first half of a surrogate pair', 'a\ud83d', 'a\ufffd'],
  ['the second half of a surrogate pair', '\ude00a', '\ufffda'],
  ['10 MB', long, long.slice(0, MAX_REASON_LENGTH)],
  [
    'a pair that the end cuts',
    `${'x'.repeat(MAX_REASON_LENGTH - 1)}😀`,
    `${'x'.repeat(MAX_REASON_LENGTH - 1)}\ufffd`,
  ],
  ['a number', 7, 'something that is not a text was given as the reason'],
  ['an object', { toString: null }, 'something that is not a text was given as the reason'],
])('%s can be stored as a reason', (_what, said, stored) => {
  expect(toStoredReason(said)).toBe(stored);
  expect(stored === null || isStorable(stored)).toBe(true);
});

it.each(['a\0', '\ud83d', 'a\ude00b'])('%j cannot be stored as it is', (text) => {
  expect(isStorable(text)).toBe(false);
});
