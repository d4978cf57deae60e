import { untilQuiet } from '../load/stats.js';
import { type Bench, CONNECTIONS, eventsOf, type Measure } from '../bench.js';
import type { Finding } from '../findings.js';
import { load } from '../load/load.js';
import { run, type RunningProgram } from '../programs/programs.js';
import { figure } from '../report/figures.js';
import { warmUp } from './pending.js';

const WARM_UP = 1500;
const SECONDS = 6;
const SERVICES = [1, 2, 4] as const;

interface Rates {
  answered: number;
  endToEnd: number;
}

/**
 * What further processes bring on this machine: workers of one service, several services on one database, and a service
 * that takes webhooks beside one that works on them.
 */
export const workers: Measure = {
  name: 'workers',
  asks: 'WORKERS=2, several services on one database, and ROLE=intake + ROLE=worker, against one process (14)',
  async run(bench) {
    const alone: Rates[] = [];
    const two: Rates[] = [];
    const roles: Rates[] = [];
    const services = new Map(SERVICES.map((count) => [count, [] as Rates[]]));
    for (let round = 1; round <= bench.rounds; round++) {
      alone.push(await ratesOfWorkers(bench, 1));
      two.push(await ratesOfWorkers(bench, 2));
      roles.push(await ratesOfRoles(bench));
      for (const count of SERVICES) services.get(count)?.push(await ratesOfServices(bench, count));
      const told = [alone, two, roles, ...services.values()].map((all) => all.at(-1));
      bench.log(
        `round ${round}/${bench.rounds}: ${told.map((it) => `${figure(it?.answered ?? NaN)}/s, ${figure(it?.endToEnd ?? NaN)}/s end to end`).join('; ')}`,
      );
    }
    return [
      ...compared('WORKERS=2', two, 'WORKERS=1', alone),
      ...compared('ROLE=intake + ROLE=worker', roles, 'ROLE=all', alone),
      ...SERVICES.slice(1).flatMap((count) =>
        compared(
          `${count} services on one database`,
          services.get(count) ?? [],
          'one service',
          services.get(1) ?? [],
        ),
      ),
    ];
  },
};

function compared(
  what: string,
  figures: readonly Rates[],
  against: string,
  reference: readonly Rates[],
): Finding[] {
  const of = (key: keyof Rates, name: string): Finding => ({
    question: 14,
    what: `${name}: ${what}`,
    unit: '/s',
    figures: figures.map((it) => it[key]),
    reference: { what: against, figures: reference.map((it) => it[key]) },
  });
  return [of('answered', 'Durable answers a second'), of('endToEnd', 'Webhooks a second end to end')];
}

async function ratesOfWorkers(bench: Bench, count: number): Promise<Rates> {
  const program = await run('payhook', bench.server, { environment: { WORKERS: String(count) } });
  return ended([program], () => ratesOf(bench, [program]));
}

/** One process takes webhooks, the other works on them. */
async function ratesOfRoles(bench: Bench): Promise<Rates> {
  const intake = await run('payhook', bench.server, { environment: { ROLE: 'intake' } });
  const worker = await run('payhook', bench.server, {
    database: intake.database,
    environment: { ROLE: 'worker' },
  });
  return ended([worker, intake], () => ratesOf(bench, [intake]));
}

async function ratesOfServices(bench: Bench, count: number): Promise<Rates> {
  const first = await run('payhook', bench.server);
  const others: RunningProgram[] = [];
  for (let nth = 1; nth < count; nth++)
    others.push(await run('payhook', bench.server, { database: first.database }));
  const programs = [...others, first];
  return ended(programs, () => ratesOf(bench, programs));
}

/** Ends the programs after a measurement, the one that has the database last. */
async function ended(programs: readonly RunningProgram[], measure: () => Promise<Rates>): Promise<Rates> {
  try {
    return await measure();
  } finally {
    for (const program of programs) await program.end();
  }
}

/** All of them at once, each with its share of the connections. */
async function ratesOf(bench: Bench, programs: readonly RunningProgram[]): Promise<Rates> {
  const last = programs.at(-1) as RunningProgram;
  const rate = await warmUp(last, WARM_UP);
  const each = Math.ceil((rate * (bench.quick ? 1 : SECONDS)) / programs.length);
  const began = performance.timeOrigin + performance.now();
  const outcomes = await Promise.all(
    programs.map(({ url }) =>
      load({
        how: 'saturate',
        url,
        events: eventsOf(each),
        connections: CONNECTIONS / programs.length,
        by: 'own',
      }),
    ),
  );
  const quietAt = await untilQuiet(last.url);
  const sent = Math.max(...outcomes.map((it) => it.seconds));
  const preparing = Math.max(...outcomes.map((it) => it.endedAt)) - began - sent * 1000;
  return {
    answered: outcomes.reduce((sum, it) => sum + it.perSecond, 0),
    endToEnd: (each * programs.length) / ((quietAt - began - preparing) / 1000),
  };
}
