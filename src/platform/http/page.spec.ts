import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { IsOptional } from 'class-validator';
import { IsDateTime, PageQuery, parseQuery } from './page.js';
import { Problem } from './problem.js';

class MomentQuery extends PageQuery {
  @IsOptional() @IsDateTime() from?: string;
}

const read = (given: Record<string, unknown>): MomentQuery => parseQuery(MomentQuery, given);

describe('a query', () => {
  it.each(['2026-11-24', '2026-11-24T10:00:00Z', '2026-11-24T10:00:00.123+05:30', '9999-12-31T23:59:59Z'])(
    'takes the moment %s',
    (from) => {
      expect(read({ from }).from).toBe(from);
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
  ])('names what it cannot read as a moment: %s', (from) => {
    expect(() => read({ from })).toThrow(Problem);
  });

  it('takes one cursor at most', () => {
    expect(() => read({ cursor: ['a', 'b'] })).toThrow(Problem);
    expect(() => read({ cursor: { a: 'b' } })).toThrow(Problem);
  });
});
