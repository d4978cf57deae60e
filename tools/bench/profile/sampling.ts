import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';

/** Options for a Node whose process is to be sampled: `sampler.ts` is loaded into it. */
export function samplerTo(file: string, of: 'time' | 'allocations'): string[] {
  const sampler = pathToFileURL(join(import.meta.dirname, 'sampler.js'));
  sampler.searchParams.set('to', file);
  sampler.searchParams.set('of', of);
  return ['--import', sampler.href];
}

/** The first time it begins, the second time it writes the file. */
export const toggleSampler = ({ pid }: { pid: number }): boolean => process.kill(pid, 'SIGWINCH');

/** What the sampler wrote: it is there in a moment, and whole in another. */
export async function written<Profile>(file: string): Promise<Profile> {
  for (let tries = 0; tries < 600; tries++) {
    await wait(100);
    const text = await readFile(file, 'utf8').catch(() => '');
    if (text.endsWith('}')) return JSON.parse(text) as Profile;
  }
  throw new Error('the profiler wrote nothing');
}
