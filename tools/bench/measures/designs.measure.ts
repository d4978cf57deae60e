import { randomUUID } from 'node:crypto';
import pg from 'pg';
import type { Bench, Measure } from '../bench.js';
import { DESIGNS, type EventDelivery } from '../designs/event-delivery.js';
import type { Finding } from '../findings.js';
import { figure } from '../report/figures.js';

const EVENTS_PER_COMMIT = 100;

interface Cost {
  perSecond: number;
  walBytes: number;
}

/** Which way of bringing events to handlers costs least, on its own: docs/adr/0004 decides by it. */
export const designs: Measure = {
  name: 'designs',
  asks: 'three ways to deliver events, bare (13)',
  async run(bench) {
    const costs = new Map(DESIGNS.map((design) => [design, [] as Cost[]]));
    for (let round = 1; round <= bench.rounds; round++) {
      for (const design of DESIGNS) {
        const cost = await costOf(design, bench);
        costs.get(design)?.push(cost);
        bench.log(
          `${design.name}: ${figure(cost.perSecond)} events/s, ${figure(cost.walBytes)} bytes of WAL each`,
        );
      }
    }
    return [...costs].flatMap(([{ name }, all]): Finding[] => [
      {
        question: 13,
        what: `Events a second to two handlers: ${name}`,
        unit: '/s',
        figures: all.map((it) => it.perSecond),
      },
      {
        question: 13,
        what: `WAL for an event: ${name}`,
        unit: ' bytes',
        figures: all.map((it) => it.walBytes),
      },
    ]);
  },
};

async function costOf(design: EventDelivery, bench: Bench): Promise<Cost> {
  const database = await bench.server.create('design');
  const client = new pg.Client(database.url);
  await client.connect();
  const position = async (): Promise<number> =>
    Number(
      (await client.query<{ at: string }>(`SELECT pg_current_wal_lsn() - '0/0'::pg_lsn AS at`)).rows[0]?.at,
    );
  try {
    for (const statement of design.schema) await client.query(statement);
    const events = bench.quick ? 2_000 : 50_000;
    const before = await position();
    const began = performance.now();
    for (let published = 0; published < events; published += EVENTS_PER_COMMIT) {
      await client.query('BEGIN');
      await design.publish(
        client,
        Array.from({ length: EVENTS_PER_COMMIT }, () => randomUUID()),
      );
      await client.query('COMMIT');
      // What is owed is done as it comes, so that no table grows as it would not in life.
      while ((await design.work(client)) > 0);
    }
    const seconds = (performance.now() - began) / 1000;
    return { perSecond: events / seconds, walBytes: ((await position()) - before) / events };
  } finally {
    await client.end();
    await database.drop();
  }
}
