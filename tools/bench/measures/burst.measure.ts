import { type Bench, FAILING, type Measure } from '../bench.js';
import type { Finding } from '../findings.js';
import { startMailSink } from '../load/mail-sink.js';
import { figure } from '../report/figures.js';
import { answersASecond, type Burst, burst } from './burst.js';
import { costFindings } from './cost.js';

/** What one round measures, one thing after the other. */
interface Round {
  inline: number;
  failures: Burst;
  withoutFailures: Burst;
  inlineWithoutFailures: number;
}

/** The night of renewals: everything at once, one in ten declined. When is all of it right? */
export const burstMeasure: Measure = {
  name: 'burst',
  asks: 'senders as fast as they can for 8 s, until nothing is pending, with and without failures (4b, 4c)',
  async run(bench) {
    const rounds: Round[] = [];
    for (let round = 1; round <= bench.rounds; round++) {
      const one = await measureRound(bench);
      rounds.push(one);
      bench.log(`round ${round}/${bench.rounds}: ${inWords(one)}`);
    }
    return burstFindings(rounds);
  },
};

const measureRound = async (bench: Bench): Promise<Round> => ({
  inline: await answersASecond('sync-engine', bench, { failing: FAILING }),
  failures: await burst(bench, { failing: FAILING }),
  withoutFailures: await burst(bench, { failing: 0 }),
  inlineWithoutFailures: await answersASecond('sync-engine', bench, { failing: 0 }),
});

const inWords = ({ inline, failures, withoutFailures, inlineWithoutFailures }: Round): string =>
  [
    `${figure(failures.endToEnd)}/s end to end (answered ${figure(failures.answered)}/s), sync-engine ${figure(inline)}/s`,
    `none failing ${figure(withoutFailures.endToEnd)}/s, sync-engine ${figure(inlineWithoutFailures)}/s`,
  ].join('; ');

/** The same with a mail server, that takes mails as fast as they come. */
export const mails: Measure = {
  name: 'mails',
  asks: 'the same burst with a mail server: when the last mail is out (4b)',
  async run(bench) {
    const bursts: Burst[] = [];
    for (let round = 1; round <= bench.rounds; round++) {
      const sink = await startMailSink();
      const one = await burst(bench, { failing: FAILING, mail: sink });
      await sink.close();
      bursts.push(one);
      bench.log(
        `round ${round}/${bench.rounds}: ${sink.count} mails, the last ${figure(one.lastMailAfter ?? NaN)} s after the last answer; ${figure(one.endToEnd)}/s end to end`,
      );
    }
    return mailFindings(bursts);
  },
};

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

const mailFindings = (bursts: readonly Burst[]): Finding[] => [
  {
    question: 4,
    part: 'b',
    what: `With a mail server, ${FAILING} % failing: the last mail after the last answer`,
    unit: ' s',
    figures: bursts.map(({ lastMailAfter }) => lastMailAfter ?? NaN),
  },
  {
    question: 4,
    part: 'b',
    what: `With a mail server, ${FAILING} % failing: webhooks a second until nothing is pending`,
    unit: '/s',
    figures: bursts.map(({ endToEnd }) => endToEnd),
  },
];
