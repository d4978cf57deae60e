import type { OpenAPIObject, SchemaObject } from '@nestjs/swagger';
import type { EventCatalog } from '../platform/events/index.js';
import { DATE_TIME } from '../platform/http/schema-types.js';

/** Adds a schema for each event under its name: what is sent of `payment.failed`, and so on. */
export function documentEvents(document: OpenAPIObject, catalog: EventCatalog): void {
  const schemas = ((document.components ??= {}).schemas ??= {});
  for (const name of catalog.names) schemas[name] = bodyOf(name, catalog);
}

const bodyOf = (name: string, catalog: EventCatalog): SchemaObject => ({
  type: 'object',
  description: `The event ${name}. The data hold nothing personal`,
  properties: {
    type: { type: 'string', enum: [name] },
    timestamp: { ...DATE_TIME, type: 'string', description: 'When the change was stored' },
    data: catalog.schemaOf(name) as SchemaObject,
    sequence: { type: 'integer', minimum: 1, description: 'Counts the events of the subject' },
    replayed: { type: 'boolean', enum: [true], description: 'A replay or a rebuild: nobody is to be mailed' },
  },
  required: ['type', 'timestamp', 'data', 'sequence'],
});
