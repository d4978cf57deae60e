import { type Bench, FAILING, type Measure } from '../bench.js';
import type { Finding } from '../findings.js';
import { figure } from '../report/figures.js';
import { answersASecond } from './burst.js';
import { costFindings, cpuOf, cpuOfAFailure } from './cost.js';
import { drain, type Drained } from './drain.js';

const DRAINED = 43_000;
const QUICK_DRAINED = 2_000;
/** The difference of two drains is the whole figure, so that fewer webhooks do; they take turns, and the median counts. */
const COMPARED = 5_000;
const QUICK_COMPARED = 1_000;
const TURNS = 3;

interface Round {
  answered: number;
  failures: Drained;
  withoutFailures: Drained;
  /** CPU of a failed payment beyond an ordinary one, in microseconds: one figure for each turn. */
  ofAFailure: readonly number[];
}

/** A backlog on disk, as after hours in which nothing was worked on. */
export const drainMeasure: Measure = {
  name: 'drain',
  asks: 'a backlog drained from disk, with and without failures, and what a failed payment costs (4d)',
  async run(bench) {
    const rounds: Round[] = [];
    for (let round = 1; round <= bench.rounds; round++) {
      const one = await measureRound(bench);
      rounds.push(one);
      bench.log(`round ${round}/${bench.rounds}: ${inWords(one)}`);
    }
    return findings(rounds);
  },
};

async function measureRound(bench: Bench): Promise<Round> {
  const count = bench.quick ? QUICK_DRAINED : DRAINED;
  return {
    answered: await answersASecond('payhook', bench, { failing: FAILING }),
    failures: await drain(bench.server, { count, failing: FAILING }),
    withoutFailures: await drain(bench.server, { count, failing: 0 }),
    ofAFailure: await costsOfAFailure(bench),
  };
}

/** All failing against none: with one in ten failing the difference, and its noise, would have to be multiplied by ten. */
async function costsOfAFailure(bench: Bench): Promise<number[]> {
  const count = bench.quick ? QUICK_COMPARED : COMPARED;
  const costs: number[] = [];
  for (let turn = 0; turn < (bench.quick ? 1 : TURNS); turn++) {
    const allFail = await drain(bench.server, { count, failing: 100 });
    const noneFails = await drain(bench.server, { count, failing: 0 });
    costs.push(cpuOfAFailure(allFail.drain, noneFails.drain));
  }
  return costs;
}

const inWords = ({ answered, failures, withoutFailures }: Round): string =>
  [failures, withoutFailures]
    .map((it) => `${figure(it.perSecond)}/s, CPU ${figure(cpuOf(it.drain))} µs`)
    .join(', none failing ')
    .concat(`; answered ${figure(answered)}/s`);

function findings(rounds: readonly Round[]): Finding[] {
  const answered = { what: 'answers a second', figures: rounds.map((it) => it.answered) };
  const drained = (load: string, all: readonly Drained[], target?: Finding['target']): Finding[] => [
    {
      question: 4,
      part: 'd',
      what: `Drained from disk, ${load}`,
      unit: '/s',
      figures: all.map((it) => it.perSecond),
      reference: answered,
      target,
    },
    ...costFindings(
      'd',
      `Drained from disk, ${load}`,
      all.map((it) => it.drain),
    ),
  ];
  return [
    ...drained(
      `${FAILING} % failing`,
      rounds.map((it) => it.failures),
      { kind: 'at least', value: 0.9, aim: 1 },
    ),
    ...drained(
      'none failing',
      rounds.map((it) => it.withoutFailures),
    ),
    {
      question: 4,
      part: 'd',
      what: 'CPU of all processes for a failed payment, beyond an ordinary one, without a mail server',
      unit: ' ms',
      figures: rounds.flatMap((it) => it.ofAFailure.map((micros) => micros / 1000)),
      target: { kind: 'at most', value: 0.4, aim: 0.2 },
    },
  ];
}
