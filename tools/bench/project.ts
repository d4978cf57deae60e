import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT } from '../project.js';

export { MAIN as PAYHOOK, PROJECT } from '../project.js';

/** How `npm start` starts it. */
export const START = (
  JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8')) as { scripts: { start: string } }
).scripts.start;
