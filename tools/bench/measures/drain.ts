import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { saturate } from '../bench.js';
import type { DatabaseServer, OneDatabase } from '../bench-database.js';
import { statsOf, untilQuiet } from '../load/stats.js';
import { samplerTo, toggleSampler, written } from '../profile/sampling.js';
import { type RelationWal, walByRelation } from './wal-by-relation.js';
import { PAYHOOK } from '../project.js';
import type { PayhookProgram } from '../programs/payhook.js';
import { run } from '../programs/programs.js';
import { insistOnAll } from './burst.js';
import { type Cost, costBetween, readMeters } from './cost.js';

export interface DrainOptions extends PayhookProgram {
  count: number;
  /** Of a hundred payments, how many fail. */
  failing: number;
  /** Where a profile of the time of the draining process is written. */
  profileTo?: string;
  /** Also tell what the log was written for. */
  byRelation?: boolean;
}

export interface Drained {
  /** What was pending when the service was ready, and was done with in `seconds`. */
  webhooks: number;
  seconds: number;
  perSecond: number;
  drain: Cost;
  /** Of the drain alone, where asked for. */
  walByRelation?: RelationWal[];
  /** Storing them, without any work on them. */
  stored: Cost & { perSecond: number };
}

/** What a process stored last is its own for 1.5 s: until then nobody else claims it. */
const CLAIMABLE_AFTER_MS = 2_000;

/** Stores webhooks with a service that works on none of them, then starts one that does, and waits until all is done. */
export async function drain(server: DatabaseServer, options: DrainOptions): Promise<Drained> {
  const database = await server.create('drain');
  try {
    const stored = await store(server, database, options);
    await wait(CLAIMABLE_AFTER_MS);
    return { ...(await workOff(server, database, options)), stored };
  } finally {
    await database.drop();
  }
}

async function store(
  server: DatabaseServer,
  database: OneDatabase,
  { count, failing, profileTo: _, byRelation: __, ...payhook }: DrainOptions,
): Promise<Drained['stored']> {
  const hook = pathToFileURL(join(import.meta.dirname, '../programs/without-work.js'));
  hook.searchParams.set('service', dirname(payhook.main ?? PAYHOOK));
  const nodeOptions = [...(payhook.nodeOptions ?? []), '--import', hook.href];
  const program = await run('payhook', server, { ...payhook, database, nodeOptions });
  try {
    const before = await readMeters(server, database, program);
    const { perSecond } = await saturate(program.url, count, { failing });
    const after = await readMeters(server, database, program);
    const { pending } = (await statsOf(program.url)).deliveries;
    if (pending !== count) throw new Error(`of ${count} stored deliveries ${pending} are pending`);
    return { ...costBetween(before, after, count), perSecond };
  } finally {
    await program.stop();
  }
}

async function workOff(
  server: DatabaseServer,
  database: OneDatabase,
  { count: _, failing: __, profileTo, byRelation, ...payhook }: DrainOptions,
): Promise<Omit<Drained, 'stored'>> {
  const nodeOptions = [...(payhook.nodeOptions ?? []), ...(profileTo ? samplerTo(profileTo, 'time') : [])];
  const program = await run('payhook', server, { ...payhook, database, nodeOptions });
  try {
    if (profileTo) toggleSampler(program);
    const before = await readMeters(server, database, program);
    const { pending } = (await statsOf(program.url)).deliveries;
    const quietAt = await untilQuiet(program.url);
    const after = await readMeters(server, database, program);
    if (profileTo) {
      toggleSampler(program);
      await written(profileTo);
    }
    await insistOnAll(program.url);
    const seconds = (quietAt - before.at) / 1000;
    return {
      webhooks: pending,
      seconds,
      perSecond: pending / seconds,
      drain: costBetween(before, after, pending),
      ...(byRelation && { walByRelation: await walByRelation(database, before.walBytes, after.walBytes) }),
    };
  } finally {
    await program.stop();
  }
}
