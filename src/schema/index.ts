import type { DatabaseSchema } from '../platform/database/data-source-options.js';
import { entities } from './entities.js';
import { migrations } from './migrations/index.js';

/** Every table of Payhook, as `DatabaseModule.forRoot` and `dataSourceOptions` take it. */
export const schema: DatabaseSchema = { entities, migrations };
