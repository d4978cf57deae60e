import { applyDecorators } from '@nestjs/common';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import {
  IsBoolean,
  IsIn,
  IsISO8601,
  IsOptional,
  IsString,
  IsUUID,
  Length,
  MaxLength,
  ValidateBy,
} from 'class-validator';

/* Members of filters, in a query or in a JSON body. Each decorator both checks the member and documents it. */

interface Documented {
  description?: string;
  example?: string;
}

const MAX_TEXT_LENGTH = 255;

/** A text of 1 to `maxLength` characters. */
export const TextFilter = ({
  maxLength = MAX_TEXT_LENGTH,
  ...documented
}: Documented & { maxLength?: number } = {}): PropertyDecorator =>
  applyDecorators(
    ApiPropertyOptional({ type: String, minLength: 1, maxLength, ...documented }),
    IsOptional(),
    IsString(),
    Length(1, maxLength),
  );

/** One of these words. */
export const OneOfFilter = (words: readonly string[], documented: Documented = {}): PropertyDecorator =>
  applyDecorators(ApiPropertyOptional({ enum: [...words], ...documented }), IsOptional(), IsIn(words));

export const UuidFilter = (documented: Documented = {}): PropertyDecorator =>
  applyDecorators(
    ApiPropertyOptional({ type: String, format: 'uuid', ...documented }),
    IsOptional(),
    IsUUID(),
  );

/** True or false, in a JSON body; false where it is left out. */
export const FlagOfBody = (documented: Documented = {}): PropertyDecorator =>
  applyDecorators(
    ApiPropertyOptional({ type: Boolean, default: false, description: documented.description ?? '' }),
    IsOptional(),
    IsBoolean(),
  );

export const DateTimeFilter = (documented: Documented = {}): PropertyDecorator =>
  applyDecorators(
    ApiPropertyOptional({
      type: String,
      example: '2026-11-24T10:00:00Z',
      ...documented,
      description: `${documented.description ?? ''} (ISO 8601; UTC where no offset is given)`.trim(),
    }),
    IsOptional(),
    IsDateTime(),
  );

/** The first millisecond of the year 1: PostgreSQL and JavaScript count the years before it differently. */
const MIN_TIME_MS = -62_135_596_800_000;

/** In characters. The longest spelling of a date-time has about 40. */
const MAX_DATE_TIME_LENGTH = 64;

/** A date with a time of day, and no offset behind it. */
const LOCAL_DATE_TIME = /^[+-]?\d+-\d\d-\d\d[T ][\d:.,]+$/;

/**
 * A calendar date, or a date with a time, as ISO 8601 writes them. ISO's week dates and ordinal dates are refused, as
 * `Date` cannot read them. A time without an offset becomes a time in UTC: `Date` would read it in the time zone of
 * the server.
 */
export const IsDateTime = (): PropertyDecorator =>
  applyDecorators(
    Transform(({ value }: { value: unknown }) =>
      typeof value === 'string' && value.length < MAX_DATE_TIME_LENGTH && LOCAL_DATE_TIME.test(value)
        ? `${value}Z`
        : value,
    ),
    IsISO8601({ strict: true }),
    MaxLength(MAX_DATE_TIME_LENGTH),
    ValidateBy({
      name: 'isDateTime',
      validator: {
        validate: (value: unknown) => typeof value === 'string' && Date.parse(value) >= MIN_TIME_MS,
      },
    }),
  );
