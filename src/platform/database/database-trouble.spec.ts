import { describe, expect, it } from '@jest/globals';
import { QueryFailedError } from 'typeorm';
import { describeDatabaseProblem } from './database-trouble.js';

const URL_WITH_PASSWORD = 'postgres://shop:hunter2@db.example:6543/payments';
const coded = (code: string, message = ''): Error => Object.assign(new Error(message), { code });

describe('what is told of a database that cannot be used', () => {
  it.each([
    [coded('ECONNREFUSED'), 'nothing listens there (ECONNREFUSED)'],
    [coded('ENOTFOUND', 'getaddrinfo ENOTFOUND db.example'), 'no host of that name (ENOTFOUND)'],
    [new Error('timeout expired'), 'no answer (ETIMEDOUT)'],
    [
      coded('28P01', 'password authentication failed for user "shop"'),
      'it refuses the user or the password of DATABASE_URL (28P01)',
    ],
    [coded('3D000', 'database "payments" does not exist'), 'database "payments" does not exist (3D000)'],
    [coded('25006'), 'it takes no writes: it is a standby or was made read-only (25006)'],
    [
      new QueryFailedError('CREATE TABLE x', [], coded('42501', 'permission denied for schema public')),
      'permission denied for schema public (42501)',
    ],
    [coded('DEPTH_ZERO_SELF_SIGNED_CERT'), 'its certificate is not accepted (DEPTH_ZERO_SELF_SIGNED_CERT)'],
    [new Error('The server does not support SSL connections'), 'The server does not support SSL connections'],
  ])('names host, port and cause, and no password: %p', (error, why) => {
    expect(describeDatabaseProblem(URL_WITH_PASSWORD, error)).toBe(
      `The database at db.example:6543 cannot be used: ${why}.`,
    );
  });

  it('is nothing where the fault lies elsewhere', () => {
    expect(
      describeDatabaseProblem(URL_WITH_PASSWORD, new TypeError('undefined is not a function')),
    ).toBeNull();
  });
});
