import { type Bench, type Measure, saturate } from '../bench.js';
import type { OneDatabase } from '../bench-database.js';
import type { Finding } from '../findings.js';
import { run } from '../programs/programs.js';
import { figure } from '../report/figures.js';
import { type Amounts, fill } from './fill.js';
import { endToEnd, warmUp } from './pending.js';

const AMOUNTS: Amounts = { deliveries: 1_000_000, payments: 300_000 };
const QUICK_AMOUNTS: Amounts = { deliveries: 20_000, payments: 6_000 };
const WARM_UP = 500;

interface Rates {
  answered: number;
  endToEnd: number;
}

/** Does it grow slower as it fills? The same service on a database of a year and on an empty one. */
export const filled: Measure = {
  name: 'filled',
  asks: 'the same with 1,000,000 deliveries and 300,000 payments stored (8)',
  async run(bench) {
    const amounts = bench.quick ? QUICK_AMOUNTS : AMOUNTS;
    const full = await fullDatabase(bench, amounts);
    const empty: Rates[] = [];
    const old: Rates[] = [];
    for (let round = 1; round <= bench.rounds; round++) {
      // By turns, so that neither always comes first.
      if (round % 2 === 0) old.push(await ratesOn(full, bench));
      empty.push(await ratesOn(null, bench));
      if (round % 2 === 1) old.push(await ratesOn(full, bench));
      const told = [empty, old].map((all) => all.at(-1)).map((it) => figure(it?.answered ?? NaN));
      bench.log(`round ${round}/${bench.rounds}: empty ${told[0]}/s, filled ${told[1]}/s`);
    }
    await full.drop();
    const compare = (key: keyof Rates, what: string): Finding => ({
      question: 8,
      what: `${what} with ${figure(amounts.deliveries)} deliveries and ${figure(amounts.payments)} payments stored`,
      unit: '/s',
      figures: old.map((it) => it[key]),
      reference: { what: 'an empty database', figures: empty.map((it) => it[key]) },
      target: { kind: 'at least', value: 0.9 },
    });
    return [
      compare('answered', 'Durable answers a second'),
      compare('endToEnd', 'Webhooks a second end to end'),
    ];
  },
};

/** The service itself makes the schema and the rows that all others are made after. */
async function fullDatabase(bench: Bench, amounts: Amounts): Promise<OneDatabase> {
  const database = await bench.server.create('filled');
  const program = await run('payhook', bench.server, { database });
  await warmUp(program, 1);
  await program.stop();
  bench.log(`filling a database with ${figure(amounts.deliveries)} deliveries`);
  await fill(database, amounts, (text) => bench.log(text));
  return database;
}

async function ratesOn(database: OneDatabase | null, bench: Bench): Promise<Rates> {
  const program = await run('payhook', bench.server, database ? { database } : {});
  try {
    await warmUp(program, WARM_UP);
    const { perSecond } = await saturate(program.url, WARM_UP);
    const count = Math.ceil(perSecond * (bench.quick ? 1 : 8));
    const outcome = await endToEnd(program, count);
    return { answered: outcome.perSecond, endToEnd: count / outcome.secondsToQuiet };
  } finally {
    await program.end();
  }
}
