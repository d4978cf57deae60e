import type { DataSchema } from './domain-event.js';
import { shownAs } from './shown-as.js';

/** A JSON Schema of 2020-12, the dialect of OpenAPI 3.1. */
export type JsonSchema = Readonly<Record<string, unknown>>;

export const JSON_SCHEMA_DIALECT = 'https://json-schema.org/draft/2020-12/schema';

const { about, orNull, text, time } = shownAs;

/** Whom an event is about, as a subscription with `includeCustomer` is told: each field is a text or null. */
export const EVENT_CUSTOMER = {
  id: orNull(text),
  email: orNull(text),
  phone: orNull(text),
  name: orNull(text),
  locale: orNull(text),
} as const;

const CUSTOMER: JsonSchema = {
  ...toJsonSchema(shownAs.orNull(shownAs.object(EVENT_CUSTOMER))),
  description:
    'Only sent to a subscription with `includeCustomer`, as the customer is known at that moment; null where nobody is known',
};

/** The body in which events of this name are sent. An item of `GET /events` has the same members, and others. */
export function toMessageSchema(name: string, shown: Readonly<Record<string, DataSchema>>): JsonSchema {
  const data = toJsonSchema(shownAs.object(shown));
  return {
    title: name,
    type: 'object',
    properties: {
      type: { type: 'string', const: name },
      timestamp: about(time, 'When the change was stored'),
      data: { ...data, properties: { ...(data.properties as object), customer: CUSTOMER } },
      sequence: { type: 'integer', minimum: 1, description: 'Counts the events of the subject' },
      replayed: {
        type: 'boolean',
        const: true,
        description: 'A replay or a rebuild: nobody is to be mailed',
      },
    },
    required: ['type', 'timestamp', 'data', 'sequence'],
  };
}

/** A declared field is always sent, at least as null (`EventCatalog.toData`), so each is required. */
function toJsonSchema(schema: DataSchema): JsonSchema {
  const { properties, items } = schema;
  return {
    ...schema,
    ...(properties && {
      properties: Object.fromEntries(
        Object.entries(properties).map(([name, field]) => [name, toJsonSchema(field)]),
      ),
      required: Object.keys(properties),
    }),
    ...(items && { items: toJsonSchema(items) }),
  };
}
