import { allAccepted, type Bench, type Measure, steady } from '../bench.js';
import type { Quantiles } from '../load/orders.js';
import { API_KEY } from '../programs/payhook.js';
import { type ProgramName, run } from '../programs/programs.js';
import { figure } from '../report/figures.js';

export const RATE = 1000;
const RUNS = 5;

/** How long an answer takes while 1,000 webhooks a second come in. */
export const latency: Measure = {
  name: 'latency',
  asks: 'how long an answer takes at 1,000/s (5)',
  async run(bench) {
    const runs = bench.quick ? 1 : RUNS;
    const limit: Quantiles[] = [];
    const ours: Quantiles[] = [];
    for (let nth = 1; nth <= runs; nth++) {
      limit.push((await atRate('reference-limit', bench)).latency);
      ours.push((await atRate('payhook', bench)).latency);
      const told = [limit, ours].map((all) => `${figure(all.at(-1)?.p99 ?? NaN)} ms`);
      bench.log(`run ${nth}/${runs}: p99 of (a) ${told[0]}, of Payhook ${told[1]}`);
    }
    const compare = (quantile: 'p50' | 'p99') => ({
      question: 5,
      what: `Answer at ${RATE}/s, ${quantile}`,
      unit: ' ms',
      figures: ours.map((it) => it[quantile]),
      reference: { what: '(a) reference-limit', figures: limit.map((it) => it[quantile]) },
    });
    return [{ ...compare('p99'), target: { kind: 'at most', value: 2 } }, compare('p50')];
  },
};

/** From the request until a reader sees its payment, at the same rate. */
export const visible: Measure = {
  name: 'visible',
  asks: 'how long until the read API shows the payment, at 1,000/s (6)',
  async run(bench) {
    const seen: number[] = [];
    const answered: number[] = [];
    for (let round = 1; round <= bench.rounds; round++) {
      const outcome = await atRate('payhook', bench, { every: 50, apiKey: API_KEY });
      seen.push(outcome.visible?.p99 ?? NaN);
      answered.push(outcome.latency.p99);
      bench.log(
        `round ${round}/${bench.rounds}: answered in ${figure(outcome.latency.p99)} ms, shown in ${figure(outcome.visible?.p99 ?? NaN)} ms (p99)`,
      );
    }
    return [
      {
        question: 6,
        what: `POST until the payment is shown at ${RATE}/s, p99`,
        unit: ' ms',
        figures: seen,
        reference: { what: "the answer's p99 in the same run", figures: answered },
        target: { kind: 'at most', value: 10 },
      },
    ];
  },
};

async function atRate(name: ProgramName, bench: Bench, watch?: { every: number; apiKey: string }) {
  const program = await run(name, bench.server);
  try {
    await allAccepted(steady(program.url, RATE, bench.quick ? 0.5 : 3));
    return await allAccepted(steady(program.url, RATE, bench.quick ? 2 : 10, watch));
  } finally {
    await program.end();
  }
}
