import type { OpenAPIObject } from '@nestjs/swagger';
import type { PayhookFeature } from '../platform/features/index.js';
import { COUNT } from '../platform/http/schema-types.js';

const WORK_COUNTS = {
  type: 'object',
  properties: {
    pending: { ...COUNT, description: 'Work to be done now' },
    scheduled: { ...COUNT, description: 'Work that waits for a later time' },
    dead: { ...COUNT, description: 'Work that was given up' },
  },
  required: ['pending', 'scheduled', 'dead'],
} as const;

/** Documents what features add to `/stats` and to the answer to an erasure: each has a member of its own name. */
export function documentFeatures({ components }: OpenAPIObject, features: readonly PayhookFeature[]): void {
  const add = (view: string, name: string, schema: object): void => {
    const known = components?.schemas?.[view];
    if (!known || '$ref' in known || name in (known.properties ?? {})) return;
    known.properties = { ...known.properties, [name]: schema };
    known.required = [...(known.required ?? []), name];
  };
  for (const feature of features) {
    const { name, pending } = feature;
    if (pending !== undefined) add('StatsView', name, { ...WORK_COUNTS, description: `Work of ${name}` });
    if (feature.erase)
      add('ErasedView', name, { ...COUNT, type: 'integer', description: `Cleared in ${name}` });
  }
}
