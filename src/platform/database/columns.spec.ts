import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import pg from 'pg';
import { createTestDatabase, type TestDatabase } from '../../../test/support/test-database.js';
import { toArrayLiteral, jsonArraySql, toJsonColumn } from './columns.js';

/** What PostgreSQL can keep: no NUL, no half characters. */
const text = fc.string({ unit: 'grapheme' }).map((it) => it.replaceAll('\u0000', '').toWellFormed());
const awkward = fc.constantFrom('', 'NULL', '"', '\\', '{', '}', ',', 'a"b\\c', '\u001f', ' ', '\n', 'null');
/** Longer than what is escaped in one piece. */
const long = fc.oneof(text, awkward).map((it) => `${it}"é\\`.repeat(300));

describe('columns of many rows', () => {
  let client: pg.Client;
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
    client = new pg.Client(database.url);
    await client.connect();
  });
  afterAll(async () => {
    await client.end();
    await database.drop();
  });

  it('arrive as the texts they were, whatever is in them', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.option(fc.oneof(text, awkward, long))), async (values) => {
        const { rows } = await client.query<{ given: string | null }>(
          'SELECT given FROM unnest($1::text[]) AS given',
          [toArrayLiteral(values)],
        );
        expect(rows.map(({ given }) => given)).toEqual(values);
      }),
      { numRuns: 100 },
    );
  });

  it('arrive as the JSON they were, null as NULL', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.option(fc.record({ name: fc.oneof(text, awkward), n: fc.integer(), more: fc.array(awkward) })),
        ),
        async (values) => {
          const { rows } = await client.query<{ given: unknown }>(
            `SELECT given FROM unnest(${jsonArraySql(1)}, $2::integer[]) AS given (given, n)`,
            [toJsonColumn(values), toArrayLiteral(values.map((_, at) => at))],
          );
          expect(rows.map(({ given }) => given)).toEqual(values);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('are moments, numbers and truths too', async () => {
    const now = new Date('2026-11-25T20:00:00.123Z');
    const { rows } = await client.query(
      'SELECT * FROM unnest($1::timestamptz[], $2::numeric[], $3::boolean[]) AS given (at, amount, late)',
      [
        toArrayLiteral([now, null]),
        toArrayLiteral(['12345678901234567890', 7n]),
        toArrayLiteral([true, undefined]),
      ],
    );
    expect(rows).toEqual([
      { at: now, amount: '12345678901234567890', late: true },
      { at: null, amount: '7', late: null },
    ]);
  });
});
