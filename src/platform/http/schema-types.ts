import type { ApiPropertyOptions } from '@nestjs/swagger';

/* What `/docs-json` says about values that many views share. Each has an example, out of which the examples of whole
   answers are made. */

export const UUID = {
  type: String,
  format: 'uuid',
  example: '019abf6e-5c00-7000-8000-000000000001',
} as const satisfies ApiPropertyOptions;

/** ISO 8601 in UTC. */
export const DATE_TIME = {
  type: String,
  format: 'date-time',
  example: '2026-11-24T10:00:00.000Z',
} as const satisfies ApiPropertyOptions;

/** An amount of money: a string of minor units, as a number would lose digits. */
export const AMOUNT = {
  type: String,
  pattern: '^\\d+$',
  example: '10000',
} as const satisfies ApiPropertyOptions;

/** ISO 4217. */
export const CURRENCY = {
  type: String,
  pattern: '^[A-Z]{3}$',
  example: 'USD',
} as const satisfies ApiPropertyOptions;

export const COUNT = { type: 'integer', minimum: 0, example: 0 } as const satisfies ApiPropertyOptions;

export const GATEWAY = { type: String, example: 'standard' } as const satisfies ApiPropertyOptions;

export const ACCOUNT = { type: String, example: 'default' } as const satisfies ApiPropertyOptions;

/** The same value, or null. */
export const orNull = <Options extends ApiPropertyOptions>(
  options: Options,
): Options & { nullable: true } => ({
  ...options,
  nullable: true,
});

/** A text of which nothing more is known, or null. */
export const textOrNull = (example: string, description?: string) =>
  ({ type: String, nullable: true, example, ...(description && { description }) }) as const;
