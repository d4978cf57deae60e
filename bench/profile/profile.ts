import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { atEnd } from '../at-end.js';
import type { Bench } from '../bench.js';
import { endToEnd, warmUp } from '../measures/pending.js';
import { PROJECT } from '../project.js';
import { run } from '../programs/programs.js';
import { callTree, type CpuProfile, type Frame, selfTimes } from './cpu-profile.js';
import { flameGraph } from './flame-graph.js';

const PICTURE = 'docs/flame-graph.svg';
const TOP_FUNCTIONS = 40;

/** Where the time of the service goes while it takes webhooks as fast as it can, and until all is done. */
export async function profile(bench: Bench): Promise<string> {
  const { cpuProfile, seconds, count } = await sampled(bench);
  const root = callTree(cpuProfile);
  const busy = root.total / 1e6;
  const title = `Payhook, ${count} webhooks in ${seconds.toFixed(1)} s: ${((busy / count) * 1e6).toFixed(0)} µs of its main thread each`;
  await writeFile(join(PROJECT, PICTURE), flameGraph(root, title));
  return [
    title,
    `The picture is ${PICTURE}.`,
    '',
    ...table(
      'package',
      selfTimes(root, (frame) => frame.package),
      root,
      25,
    ),
    '',
    ...table(
      'function',
      selfTimes(root, (it) => `${it.package}: ${it.name} ${it.where}`),
      root,
      TOP_FUNCTIONS,
    ),
  ].join('\n');
}

async function sampled(bench: Bench): Promise<{ cpuProfile: CpuProfile; seconds: number; count: number }> {
  const folder = await mkdtemp(join(tmpdir(), 'payhook-profile-'));
  const remove = atEnd(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'payhook.cpuprofile');
  const sampler = pathToFileURL(join(import.meta.dirname, 'sampler.js'));
  sampler.searchParams.set('to', file);
  const program = await run('payhook', bench.server, { nodeOptions: ['--import', sampler.href] });
  const rate = await warmUp(program, 2000);
  const count = Math.ceil(rate * (bench.quick ? 4 : 15));
  bench.say(`profiling ${count} webhooks`);

  process.kill(program.pid, 'SIGWINCH');
  const { secondsToQuiet } = await endToEnd(program, count);
  process.kill(program.pid, 'SIGWINCH');
  const cpuProfile = await written(file);
  await program.end();
  await remove();
  return { cpuProfile, seconds: secondsToQuiet, count };
}

/** It is there in a moment, and whole in another. */
async function written(file: string): Promise<CpuProfile> {
  for (let tries = 0; tries < 600; tries++) {
    await wait(100);
    const text = await readFile(file, 'utf8').catch(() => '');
    if (text.endsWith('}')) return JSON.parse(text) as CpuProfile;
  }
  throw new Error('the profiler wrote nothing');
}

function table(what: string, times: [string, number][], root: Frame, most: number): string[] {
  const rows = times
    .slice(0, most)
    .map(([key, time]) => `| ${((time / root.total) * 100).toFixed(1)} % | ${key} |`);
  return [`| self time | ${what} |`, '| ---: | --- |', ...rows];
}
