import { readFileSync } from 'node:fs';

/** The version in `package.json`, which is above both the sources and the build. */
export function packageVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  return version;
}
