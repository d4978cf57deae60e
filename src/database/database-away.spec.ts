import { describe, expect, it } from '@jest/globals';
import { QueryFailedError } from 'typeorm';
import { isDatabaseAway } from './database-away.js';

const coded = (code: string): Error => Object.assign(new Error(), { code });

describe('the database is away', () => {
  it.each(['ECONNREFUSED', 'ECONNRESET', 'ENOENT', 'NO_ANSWER', '57P01', '57P03', '53300', '53100', '08006'])(
    'when a statement ends with %s, by itself or as the cause that TypeORM keeps',
    (code) => {
      expect(isDatabaseAway(coded(code))).toBe(true);
      expect(isDatabaseAway(new QueryFailedError('SELECT 1', [], coded(code)))).toBe(true);
    },
  );

  it.each(['Connection terminated unexpectedly', 'timeout exceeded when trying to connect'])(
    'when pg says: %s',
    (words) => {
      expect(isDatabaseAway(new Error(words))).toBe(true);
      expect(isDatabaseAway(new QueryFailedError('SELECT 1', [], new Error(words)))).toBe(true);
    },
  );

  it.each(['22021', '23505', '40P01', '57014', '42601'])('but not when it answers %s', (code) => {
    expect(isDatabaseAway(new QueryFailedError('SELECT 1', [], coded(code)))).toBe(false);
  });

  it('and not when something else went wrong', () => {
    for (const error of [new Error('lease lost'), new TypeError(), 'text', null, undefined, coded('EACCES')])
      expect(isDatabaseAway(error)).toBe(false);
  });
});
