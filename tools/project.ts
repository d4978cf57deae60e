import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The project's folder: the nearest one with a `nest-cli.json` above this file, whether compiled or run by Jest. */
export const PROJECT = ((): string => {
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, 'nest-cli.json'))) folder = dirname(folder);
  return folder;
})();

/** The service as it ships. */
export const MAIN = join(PROJECT, 'dist/main.js');
