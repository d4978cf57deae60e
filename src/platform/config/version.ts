import { readFileSync } from 'node:fs';

/** The version of this package, as `package.json` beside the sources or the build has it. */
export function packageVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  return version;
}
