import { type Bench, FAILING, type Measure } from '../bench.js';
import type { Finding } from '../findings.js';
import { startMailSink } from '../load/mail-sink.js';
import { figure } from '../report/figures.js';
import { answersASecond, type Burst, burst } from './burst.js';
import { drain, type Drained } from './drain.js';
import { type Cost, cpuOfAFailure, cpuOf } from './cost.js';

const DRAINED = 43_000;
const QUICK_DRAINED = 2_000;

/** What one round measures, one thing after the other. */
interface Round {
  inline: number;
  inlineWithoutFailures: number;
  failures: Burst;
  withoutFailures: Burst;
  mailed: Burst;
  drained: Drained;
  drainedWithoutFailures: Drained;
}

/** The night of renewals: everything at once, one in ten declined. When is all of it right? */
export const burstMeasure: Measure = {
  name: 'burst',
  asks: 'senders as fast as they can for 8 s, until nothing is pending; and a backlog drained from disk (4b, 4c, 4d)',
  async run(bench) {
    const rounds: Round[] = [];
    for (let round = 1; round <= bench.rounds; round++) {
      const one = await measureRound(bench);
      rounds.push(one);
      bench.log(`round ${round}/${bench.rounds}: ${inWords(one)}`);
    }
    return [...burstFindings(rounds), ...mailFindings(rounds), ...drainFindings(rounds)];
  },
};

async function measureRound(bench: Bench): Promise<Round> {
  const count = bench.quick ? QUICK_DRAINED : DRAINED;
  const sink = await startMailSink();
  try {
    return {
      inline: await answersASecond('sync-engine', bench, { failing: FAILING }),
      failures: await burst(bench, { failing: FAILING }),
      withoutFailures: await burst(bench, { failing: 0 }),
      inlineWithoutFailures: await answersASecond('sync-engine', bench, { failing: 0 }),
      mailed: await burst(bench, { failing: FAILING, mail: sink }),
      drained: await drain(bench.server, { count, failing: FAILING }),
      drainedWithoutFailures: await drain(bench.server, { count, failing: 0 }),
    };
  } finally {
    await sink.close();
  }
}

const inWords = ({ inline, failures, withoutFailures, mailed, drained }: Round): string =>
  [
    `${figure(failures.endToEnd)}/s end to end (answered ${figure(failures.answered)}/s), sync-engine ${figure(inline)}/s`,
    `none failing ${figure(withoutFailures.endToEnd)}/s`,
    `last mail ${figure(mailed.lastMailAfter ?? NaN)} s after the last answer`,
    `drained at ${figure(drained.perSecond)}/s`,
  ].join('; ');

function burstFindings(rounds: readonly Round[]): Finding[] {
  return [
    ...endToEndFindings('b', `${FAILING} % failing`, rounds, (it) => [it.failures, it.inline]),
    ...endToEndFindings('c', 'none failing', rounds, (it) => [it.withoutFailures, it.inlineWithoutFailures]),
  ];
}

function endToEndFindings(
  part: string,
  load: string,
  rounds: readonly Round[],
  read: (round: Round) => [burst: Burst, inline: number],
): Finding[] {
  const bursts = rounds.map((round) => read(round)[0]);
  return [
    {
      question: 4,
      part,
      what: `A burst of 8 s from 64 senders, ${load}: webhooks a second until nothing is pending`,
      unit: '/s',
      figures: bursts.map((it) => it.endToEnd),
      reference: { what: '(c) sync-engine, inline', figures: rounds.map((round) => read(round)[1]) },
      target: part === 'b' ? { kind: 'at least', value: 1, aim: 1.2 } : undefined,
    },
    {
      question: 4,
      part,
      what: `${load}: answered meanwhile`,
      unit: '/s',
      figures: bursts.map((it) => it.answered),
    },
    ...costFindings(part, load, bursts),
  ];
}

const costFindings = (part: string, load: string, costs: readonly Cost[]): Finding[] => [
  {
    question: 4,
    part,
    what: `${load}: CPU of all processes for a webhook, without the senders'`,
    unit: ' µs',
    figures: costs.map(cpuOf),
  },
  {
    question: 4,
    part,
    what: `${load}: WAL for a webhook`,
    unit: ' bytes',
    figures: costs.map((it) => it.walBytes),
  },
  {
    question: 4,
    part,
    what: `${load}: the cores idle`,
    unit: ' %',
    figures: costs.map((it) => it.idleShare * 100),
  },
];

const mailFindings = (rounds: readonly Round[]): Finding[] => [
  {
    question: 4,
    part: 'b',
    what: `With a mail server, ${FAILING} % failing: the last mail after the last answer`,
    unit: ' s',
    figures: rounds.map(({ mailed }) => mailed.lastMailAfter ?? NaN),
  },
  {
    question: 4,
    part: 'b',
    what: `With a mail server, ${FAILING} % failing: webhooks a second until nothing is pending`,
    unit: '/s',
    figures: rounds.map(({ mailed }) => mailed.endToEnd),
    reference: { what: 'without', figures: rounds.map(({ failures }) => failures.endToEnd) },
  },
];

function drainFindings(rounds: readonly Round[]): Finding[] {
  const drained = (what: string, read: (round: Round) => Drained): Finding[] => [
    {
      question: 4,
      part: 'd',
      what: `Drained from disk, ${what}`,
      unit: '/s',
      figures: rounds.map((it) => read(it).perSecond),
      reference: { what: 'answers a second', figures: rounds.map(({ failures }) => failures.answered) },
      target: read === withFailures ? { kind: 'at least', value: 0.9, aim: 1 } : undefined,
    },
    ...costFindings(
      'd',
      `Drained from disk, ${what}`,
      rounds.map((it) => read(it).drain),
    ),
  ];
  return [
    ...drained(`${FAILING} % failing`, withFailures),
    ...drained('none failing', ({ drainedWithoutFailures }) => drainedWithoutFailures),
    {
      question: 4,
      part: 'd',
      what: 'CPU of all processes for a failed payment, beyond an ordinary one, without a mail server',
      unit: ' ms',
      figures: rounds.map(
        (it) => cpuOfAFailure(it.drained.drain, it.drainedWithoutFailures.drain, FAILING) / 1000,
      ),
      target: { kind: 'at most', value: 0.4, aim: 0.2 },
    },
  ];
}

const withFailures = ({ drained }: Round): Drained => drained;
