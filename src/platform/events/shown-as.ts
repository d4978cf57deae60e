import { AMOUNT, CURRENCY, DATE_TIME, UUID } from '../http/schema-types.js';
import type { DataSchema } from './domain-event.js';

/** Schemas for `static shown` of an event class. */
export const shownAs = {
  text: { type: 'string' },
  /** An id of ours. */
  uuid: { type: 'string', format: 'uuid', examples: [UUID.example] },
  /** A string of minor units. */
  amount: { type: 'string', pattern: AMOUNT.pattern, examples: [AMOUNT.example] },
  /** ISO 4217. */
  currency: { type: 'string', pattern: CURRENCY.pattern, examples: [CURRENCY.example] },
  /** ISO 8601 in UTC. */
  time: { type: 'string', format: 'date-time', examples: [DATE_TIME.example] },
  flag: { type: 'boolean' },
  oneOf: (words: readonly string[]): DataSchema => ({ type: 'string', enum: words }),
  list: (items: DataSchema): DataSchema => ({ type: 'array', items }),
  object: (properties: Readonly<Record<string, DataSchema>>): DataSchema => ({ type: 'object', properties }),
  /** The same, or null. */
  orNull: (schema: DataSchema): DataSchema => ({
    ...schema,
    type: [schema.type, 'null'].flat(),
    ...(schema.enum && { enum: [...schema.enum, null] }),
  }),
  /** The same with words about it. */
  about: (schema: DataSchema, description: string): DataSchema => ({ ...schema, description }),
} as const;
