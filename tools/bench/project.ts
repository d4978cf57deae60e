import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** The project's folder, seen from where this file is compiled to. */
export const PROJECT = resolve(import.meta.dirname, '../../..');

/** How `npm start` starts it. */
export const START = (
  JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8')) as { scripts: { start: string } }
).scripts.start;

/** The service as it ships. */
export const PAYHOOK = join(PROJECT, 'dist/main.js');
