import type { Type } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsInt, IsOptional, IsString, Max, Min } from 'class-validator';
import { validate as isUuid } from 'uuid';
import { badRequest } from './problem.js';

const MAX_LIMIT = 200;
const DEFAULT_LIMIT = 50;

/** One page of a list, newest first. */
export interface Page<Item> {
  items: Item[];
  /** Pass it as `cursor` to get the next page; null on the last page. */
  nextCursor: string | null;
}

export class PageQuery {
  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: MAX_LIMIT, default: DEFAULT_LIMIT })
  @IsOptional()
  @Transform(({ value }) => wholeNumber(value))
  @IsInt()
  @Min(1)
  @Max(MAX_LIMIT)
  limit: number = DEFAULT_LIMIT;

  @ApiPropertyOptional({ type: String, description: 'The `nextCursor` of the page before' })
  @IsOptional()
  @Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? idOfCursor(value) : value))
  @IsString()
  cursor?: string;
}

/** The class of a page of these items, for the documentation. */
export function pageViewOf<Item extends object>(item: Type<Item>): Type<Page<Item>> {
  class PageView implements Page<Item> {
    @ApiProperty({ type: [item], description: 'Newest first' }) items!: Item[];
    @ApiProperty({
      type: String,
      nullable: true,
      description: 'The `cursor` of the next page; null on the last page',
      example: null,
    })
    nextCursor!: string | null;
  }
  return PageView;
}

const wholeNumber = (value: unknown): unknown =>
  typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : NaN;

/** A cursor is the last id of its page, encoded so that callers do not build one. */
const cursorOf = (id: string): string => Buffer.from(id).toString('base64url');

function idOfCursor(cursor: string): string {
  const id = Buffer.from(cursor, 'base64url').toString();
  if (!isUuid(id) || cursorOf(id) !== cursor) throw badRequest('bad parameter: cursor');
  return id;
}

/** Makes a page of `rows`, which must hold one row more than `limit` if there is a next page. */
export function toPage<Row extends { id: string }, Item>(
  rows: Row[],
  limit: number,
  view: (row: Row) => Item,
): Page<Item> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return { items: shown.map(view), nextCursor: rows.length > limit && last ? cursorOf(last.id) : null };
}
