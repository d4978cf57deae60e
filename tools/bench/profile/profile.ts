import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onExit } from '../at-end.js';
import type { Bench } from '../bench.js';
import { endToEnd, warmUp } from '../measures/pending.js';
import { PROJECT } from '../project.js';
import { run } from '../programs/programs.js';
import { allocated, type AllocationProfile } from './allocations.js';
import { callTree, type CpuProfile, selfTimes } from './cpu-profile.js';
import { flameGraph } from './flame-graph.js';
import { samplerTo, toggleSampler, written } from './sampling.js';

const PICTURE = 'docs/flame-graph.svg';
const TOP_PACKAGES = 25;
const TOP_FUNCTIONS = 40;

/** Where time and memory of the service go while it takes webhooks as fast as it can, and until all is done. */
export async function profile(bench: Bench): Promise<string> {
  return [await timeProfile(bench), await allocationProfile(bench)].join('\n\n');
}

async function timeProfile(bench: Bench): Promise<string> {
  const { profile, seconds, count } = await sampled<CpuProfile>(bench, 'time');
  const root = callTree(profile);
  const busy = root.total / 1e6;
  const title = `Payhook, ${count} webhooks in ${seconds.toFixed(1)} s: ${((busy / count) * 1e6).toFixed(0)} µs of its main thread each`;
  await writeFile(join(PROJECT, PICTURE), flameGraph(root, title));
  const share = (time: number): string => `${((time / root.total) * 100).toFixed(1)} %`;
  const packages = selfTimes(root, (frame) => frame.package).slice(0, TOP_PACKAGES);
  const functions = selfTimes(root, (it) => `${it.package}: ${it.name} ${it.where}`).slice(0, TOP_FUNCTIONS);
  return [
    title,
    `The picture is ${PICTURE}.`,
    '',
    ...table(['self time', 'package'], packages, share),
    '',
    ...table(['self time', 'function'], functions, share),
  ].join('\n');
}

async function allocationProfile(bench: Bench): Promise<string> {
  const { profile, count } = await sampled<AllocationProfile>(bench, 'allocations');
  const { bytes, byPackage, byFunction } = allocated(profile);
  const each = (size: number): string => `${(size / count / 1000).toFixed(2)} kB`;
  return [
    `Allocated for a webhook, end to end: ${each(bytes)}`,
    '',
    ...table(['allocated', 'package'], byPackage.slice(0, TOP_PACKAGES), each),
    '',
    ...table(['allocated', 'function'], byFunction.slice(0, TOP_FUNCTIONS), each),
  ].join('\n');
}

interface Sampled<Profile> {
  profile: Profile;
  seconds: number;
  count: number;
}

async function sampled<Profile>(bench: Bench, of: 'time' | 'allocations'): Promise<Sampled<Profile>> {
  const folder = await mkdtemp(join(tmpdir(), 'payhook-profile-'));
  const remove = onExit(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'payhook.profile');
  const program = await run('payhook', bench.server, { nodeOptions: samplerTo(file, of) });
  const rate = await warmUp(program, 2000);
  const count = Math.ceil(rate * (bench.quick ? 4 : 15));
  bench.log(`profiling ${of} of ${count} webhooks`);

  toggleSampler(program);
  const { secondsToQuiet } = await endToEnd(program, count);
  toggleSampler(program);
  const profile = await written<Profile>(file);
  await program.end();
  await remove();
  return { profile, seconds: secondsToQuiet, count };
}

export const table = (
  columns: [string, string],
  rows: readonly [string, number][],
  figure: (value: number) => string,
): string[] => [
  `| ${columns.join(' | ')} |`,
  '| ---: | --- |',
  ...rows.map(([key, value]) => `| ${figure(value)} | ${key} |`),
];
