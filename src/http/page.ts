import { plainToInstance, Transform } from 'class-transformer';
import { applyDecorators } from '@nestjs/common';
import { IsInt, IsISO8601, IsOptional, IsString, Max, Min, ValidateBy, validateSync } from 'class-validator';
import type { ClassConstructor } from 'class-transformer';
import { validate as isUuid } from 'uuid';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { badRequest } from './problem.js';

/** One page of a list, newest first. */
export interface Page<Item> {
  items: Item[];
  /** Give it back as `cursor` for what comes after; null at the end. */
  nextCursor: string | null;
}

export class PageQuery {
  @ApiPropertyOptional({ minimum: 1, maximum: 200, default: 50, type: Number })
  @IsOptional()
  @Transform(({ value }) => wholeNumber(value))
  @IsInt()
  @Min(1)
  @Max(200)
  limit: number = 50;

  @ApiPropertyOptional({ description: 'The `nextCursor` of the page before' })
  @IsOptional()
  @Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? idOfCursor(value) : value))
  @IsString()
  cursor?: string;
}

/** Of the year 1: PostgreSQL's years before it are not JavaScript's. */
const FIRST_MOMENT = -62_135_596_800_000;

/** A moment as ISO 8601 writes it, and as `Date` reads it: not the weeks and days of the year that the standard knows too. */
export const IsMoment = (): PropertyDecorator =>
  applyDecorators(
    IsISO8601({ strict: true }),
    ValidateBy({
      name: 'isMoment',
      validator: { validate: (value: unknown) => Date.parse(String(value)) >= FIRST_MOMENT },
    }),
  );

const wholeNumber = (value: unknown): unknown =>
  typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : NaN;

/** Query parameters as their class has them; unknown, repeated and malformed ones are a 400 that names them. */
export function parseQuery<Query extends object>(
  type: ClassConstructor<Query>,
  given: Record<string, unknown>,
): Query {
  const known = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== ''));
  // PostgreSQL has no text with a NUL in it, so nothing could ever match.
  const unreadable = Object.keys(known).find((name) => String(known[name]).includes('\0'));
  if (unreadable !== undefined) throw badRequest(`bad parameter: ${unreadable}`);
  const query = plainToInstance(type, known);
  const errors = validateSync(query, { whitelist: true, forbidNonWhitelisted: true });
  if (errors.length > 0)
    throw badRequest(`bad parameter: ${errors.map((error) => error.property).join(', ')}`);
  return query;
}

/** A cursor is the last id of its page, wrapped so that nobody builds one. */
const cursorOf = (id: string): string => Buffer.from(id).toString('base64url');

function idOfCursor(cursor: string): string {
  const id = Buffer.from(cursor, 'base64url').toString();
  if (!isUuid(id) || cursorOf(id) !== cursor) throw badRequest('bad parameter: cursor');
  return id;
}

/** `rows` holds one more than the limit when there is a next page. */
export function pageOf<Row extends { id: string }, Item>(
  rows: Row[],
  limit: number,
  view: (row: Row) => Item,
): Page<Item> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return { items: shown.map(view), nextCursor: rows.length > limit && last ? cursorOf(last.id) : null };
}
