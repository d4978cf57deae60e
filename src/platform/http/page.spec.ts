import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { IsOptional } from 'class-validator';
import { PageQuery } from './page.js';
import { Problem } from './problem.js';
import { IsDateTime } from './query-filters.js';
import { RequestPipe } from './request.pipe.js';

class MomentQuery extends PageQuery {
  @IsOptional() @IsDateTime() from?: string;
}

const pipe = new RequestPipe();
const read = async (given: Record<string, unknown>): Promise<MomentQuery> =>
  (await pipe.transform(given, { type: 'query', metatype: MomentQuery })) as MomentQuery;

describe('a query', () => {
  it.each(['2026-11-24', '2026-11-24T10:00:00Z', '2026-11-24T10:00:00.123+05:30', '9999-12-31T23:59:59Z'])(
    'takes the moment %s',
    async (from) => {
      expect((await read({ from })).from).toBe(from);
    },
  );

  it.each([
    '2026-W48-2',
    '2026-328',
    '20261124T000000Z',
    '-0001-01-01',
    '-9999-01-01T00:00:00Z',
    '2026-02-30',
    'now',
  ])('names what it cannot read as a moment: %s', async (from) => {
    await expect(read({ from })).rejects.toThrow(Problem);
  });

  it.each([
    ['2026-11-24T10:00:00', '2026-11-24T10:00:00Z'],
    ['2026-11-24T10:00', '2026-11-24T10:00Z'],
    ['2026-11-24T10:00:00.5', '2026-11-24T10:00:00.5Z'],
    ['2026-11-24 10:00:00', '2026-11-24 10:00:00Z'],
  ])('takes %s, without an offset, as a time in UTC', async (from, inUtc) => {
    expect((await read({ from })).from).toBe(inUtc);
  });

  it('takes one cursor at most', async () => {
    await expect(read({ cursor: ['a', 'b'] })).rejects.toThrow(Problem);
    await expect(read({ cursor: { a: 'b' } })).rejects.toThrow(Problem);
  });
});
