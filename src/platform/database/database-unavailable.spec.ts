import { describe, expect, it } from '@jest/globals';
import { QueryFailedError } from 'typeorm';
import { causeCode, isDatabaseUnavailable } from './database-unavailable.js';

const coded = (code: string): Error => Object.assign(new Error(), { code });

describe('the database is away', () => {
  it.each([
    ...['ECONNREFUSED', 'ECONNRESET', 'ENOENT', 'EPIPE', 'NO_ANSWER', 'SERVER_CHANGED'],
    ...['57P01', '57P03', '53300', '53100', '08006', '25006', '40001'],
  ])('when a statement ends with %s, by itself or as the cause that TypeORM keeps', (code) => {
    expect(isDatabaseUnavailable(coded(code))).toBe(true);
    expect(isDatabaseUnavailable(new QueryFailedError('SELECT 1', [], coded(code)))).toBe(true);
  });

  it.each(['Connection terminated unexpectedly', 'timeout exceeded when trying to connect'])(
    'when pg says: %s',
    (words) => {
      expect(isDatabaseUnavailable(new Error(words))).toBe(true);
      expect(isDatabaseUnavailable(new QueryFailedError('SELECT 1', [], new Error(words)))).toBe(true);
    },
  );

  it.each(['22021', '23505', '40P01', '42501', '57014', '42601'])('but not when it answers %s', (code) => {
    expect(isDatabaseUnavailable(new QueryFailedError('SELECT 1', [], coded(code)))).toBe(false);
  });

  it.each([
    [coded('53100'), '53100'],
    [new QueryFailedError('SELECT 1', [], coded('42501')), '42501'],
    [coded('ECONNREFUSED'), 'ECONNREFUSED'],
    [coded('EPIPE'), 'EPIPE'],
    [new Error('Connection terminated unexpectedly'), 'connection lost'],
    [
      new QueryFailedError('SELECT 1', [], new Error('Connection terminated unexpectedly')),
      'connection lost',
    ],
    [new TypeError('quotes data'), 'TypeError'],
    ['text', 'unknown'],
  ])('and its cause has a name of one word, never a message: %p', (error, code) => {
    expect(causeCode(error)).toBe(code);
  });

  it('and not when something else went wrong', () => {
    for (const error of [new Error('lease lost'), new TypeError(), 'text', null, undefined, coded('EACCES')])
      expect(isDatabaseUnavailable(error)).toBe(false);
  });
});
