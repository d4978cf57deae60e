import { plainToInstance, Transform } from 'class-transformer';
import { applyDecorators } from '@nestjs/common';
import {
  IsInt,
  IsISO8601,
  IsOptional,
  IsString,
  Max,
  MaxLength,
  Min,
  ValidateBy,
  validateSync,
} from 'class-validator';
import type { ClassConstructor } from 'class-transformer';
import { validate as isUuid } from 'uuid';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { badRequest, type Problem } from './problem.js';

/** One page of a list, newest first. */
export interface Page<Item> {
  items: Item[];
  /** Pass it as `cursor` to get the next page; null on the last page. */
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

/** 0001-01-01. PostgreSQL and JavaScript number the years before it differently. */
const MIN_TIMESTAMP_MS = -62_135_596_800_000;

/** In characters. The longest ISO 8601 date-time has about 40. */
const MAX_DATE_TIME_LENGTH = 64;

/** An ISO 8601 date-time that `Date` can parse. Week dates and ordinal dates of the standard are refused. */
export const IsDateTime = (): PropertyDecorator =>
  applyDecorators(
    IsISO8601({ strict: true }),
    MaxLength(MAX_DATE_TIME_LENGTH),
    ValidateBy({
      name: 'isMoment',
      validator: {
        validate: (value: unknown) => typeof value === 'string' && Date.parse(value) >= MIN_TIMESTAMP_MS,
      },
    }),
  );

const wholeNumber = (value: unknown): unknown =>
  typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : NaN;

/**
 * Query parameters as their class has them. A parameter without a value (`?status=`) counts as not given. Unknown,
 * repeated and malformed parameters are a 400 that names them.
 */
export function parseQuery<Query extends object>(
  type: ClassConstructor<Query>,
  given: Record<string, unknown>,
): Query {
  return parseFlat(type, Object.fromEntries(Object.entries(given).filter(([, value]) => value !== '')));
}

/**
 * The members of a JSON object as their class has them. `null` and `""` are a 400 and never read as "not given": a
 * filter that a caller left empty must not widen what is asked for. Unknown and malformed members are a 400 too.
 */
export function parseBody<Body extends object>(
  type: ClassConstructor<Body>,
  given: Record<string, unknown>,
): Body {
  const empty = Object.keys(given).filter((name) => given[name] === '');
  if (empty.length > 0) throw badParameters(empty);
  return parseFlat(type, given);
}

function parseFlat<T extends object>(type: ClassConstructor<T>, given: Record<string, unknown>): T {
  // Before class-transformer sees them: it walks objects to their end, and leaves out `__proto__` without a word.
  const unreadable = Object.keys(given).filter(
    (name) => !isPlainValue(given[name]) || name in Object.prototype,
  );
  if (unreadable.length > 0) throw badParameters(unreadable);
  const read = plainToInstance(type, given);
  const errors = validateSync(read, { whitelist: true, forbidNonWhitelisted: true });
  if (errors.length > 0) throw badParameters(errors.map((error) => error.property));
  return read;
}

/** PostgreSQL has no text with a NUL in it, and UTF-8 none with half of a surrogate pair: nothing could ever match. */
const isPlainValue = (value: unknown): boolean =>
  typeof value === 'string'
    ? value.isWellFormed() && !value.includes('\0')
    : typeof value === 'number' || typeof value === 'boolean';

/** In characters, of each name: names are the sender's, too. */
const MAX_SHOWN_NAME_LENGTH = 64;

const badParameters = (names: readonly string[]): Problem => {
  const shown = names.slice(0, 10).map((name) => name.slice(0, MAX_SHOWN_NAME_LENGTH));
  return badRequest(`bad parameter: ${shown.join(', ')}`);
};

/** A cursor is the last id of its page in base64url, so that clients treat it as opaque. */
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
