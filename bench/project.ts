import { join, resolve } from 'node:path';

/** The project's folder, seen from where this file is compiled to. */
export const PROJECT = resolve(import.meta.dirname, '../..');

/** The service as it ships. */
export const PAYHOOK = join(PROJECT, 'dist/main.js');
