import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** The bench compares Payhook with packages that nobody else needs. They are not among the project's own dependencies. */
if (!existsSync(join(import.meta.dirname, 'node_modules'))) {
  console.error('The bench has dependencies of its own: run "npm ci --prefix tools/bench" first.');
  process.exit(1);
}
