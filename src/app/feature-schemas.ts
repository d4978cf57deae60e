import type { OpenAPIObject } from '@nestjs/swagger';
import { isCounted } from '../operations/monitoring/work-counts.js';
import type { PayhookFeature } from '../platform/features/index.js';
import { COUNT } from '../platform/http/schema-types.js';

const WORK_COUNTS = {
  pending: 'Work to be done now',
  scheduled: 'Work that waits for a later time',
  dead: 'Work that was given up',
} as const;

const countsOf = ({ name, counts }: PayhookFeature): object => {
  const all = Object.entries({ ...WORK_COUNTS, ...counts });
  return {
    type: 'object',
    description: `Work of ${name}`,
    properties: Object.fromEntries(all.map(([count, description]) => [count, { ...COUNT, description }])),
    required: all.map(([count]) => count),
  };
};

/** Documents what features add to `/stats` and to the answer to an erasure: each has a member of its own name. */
export function documentFeatures({ components }: OpenAPIObject, features: readonly PayhookFeature[]): void {
  const add = (view: string, name: string, schema: object): void => {
    const known = components?.schemas?.[view];
    if (!known || '$ref' in known || name in (known.properties ?? {})) return;
    known.properties = { ...known.properties, [name]: schema };
    known.required = [...(known.required ?? []), name];
  };
  for (const feature of features) {
    const { name } = feature;
    if (isCounted(feature)) add('StatsView', name, countsOf(feature));
    if (feature.erase)
      add('ErasedView', name, { ...COUNT, type: 'integer', description: `Cleared in ${name}` });
  }
}
