import { pendingIn, statsOf, untilQuiet } from '../load/stats.js';
import { setTimeout as wait } from 'node:timers/promises';
import { type Bench, type Measure, saturate, steady } from '../bench.js';
import { median } from '../findings.js';
import { type RunningProgram, run } from '../programs/programs.js';
import { endToEnd, warmUp } from './pending.js';

const WARM_UP_REQUESTS = 600;
const STEP = 1.08;
const PROBE_SECONDS = 15;
const MAX_STEPS = 12;
/** The answers must keep up with the rate, but for the last requests under way. */
const MIN_KEPT_UP_RATIO = 0.98;
/** Seconds of work that may lie about: more is a backlog that was hidden, not done. */
const MAX_LAG_SECONDS = 2;

/**
 * The highest rate that holds end to end: what comes in is answered, and payment, timeline and events are committed
 * at the same pace; the backlog of the last half is not larger than before. Found by steps, then held for a minute.
 */
export const sustained: Measure = {
  name: 'sustained',
  asks: 'the rate at which everything is done for a minute on end, nothing left behind (4)',
  async run(bench) {
    const reference = await inlineRates(bench);
    const rate = await highestRate(bench);
    return [
      {
        question: 4,
        what: `End to end, held for ${held(bench)} s`,
        unit: '/s',
        figures: [rate],
        reference: { what: '(c) sync-engine, one upsert inline', figures: [median(reference)] },
        target: { kind: 'at least', value: 1, aim: 3 },
      },
    ];
  },
};

const held = ({ quick }: Bench): number => (quick ? 4 : 60);

async function inlineRates(bench: Bench): Promise<number[]> {
  const rates: number[] = [];
  for (let round = 0; round < bench.rounds; round++) {
    const program = await run('sync-engine', bench.server);
    const { perSecond: warm } = await saturate(program.url, WARM_UP_REQUESTS / 2);
    const { perSecond } = await saturate(program.url, Math.ceil(warm * (bench.quick ? 2 : 8)));
    bench.log(`(c) sync-engine ${perSecond.toFixed(0)}/s`);
    rates.push(perSecond);
    await program.end();
  }
  return rates;
}

async function highestRate(bench: Bench): Promise<number> {
  const guess = await firstGuess(bench);
  let rate = bench.quick ? guess / STEP : await probed(bench, guess);
  // What holds for a probe may not for a minute.
  for (let step = 0; step < MAX_STEPS; step++, rate /= STEP) {
    if (await isSustained(bench, rate, held(bench))) return rate;
  }
  return NaN;
}

/** Steps up from what holds, or down to it. */
async function probed(bench: Bench, guess: number): Promise<number> {
  let rate = guess;
  const upwards = await isSustained(bench, rate, PROBE_SECONDS);
  for (let step = 0; step < MAX_STEPS; step++) {
    const next = upwards ? rate * STEP : rate / STEP;
    // A probe is short: a checkpoint or a vacuum in it says nothing of a minute. What counts is held for one afterwards.
    const holds =
      (await isSustained(bench, next, PROBE_SECONDS)) || (await isSustained(bench, next, PROBE_SECONDS));
    if (holds || !upwards) rate = next;
    if (holds !== upwards) break;
  }
  return rate;
}

async function firstGuess(bench: Bench): Promise<number> {
  const program = await run('payhook', bench.server);
  const rate = await warmUp(program, WARM_UP_REQUESTS);
  const count = Math.ceil(rate * (bench.quick ? 2 : 10));
  const { secondsToQuiet } = await endToEnd(program, count);
  await program.end();
  return count / secondsToQuiet;
}

async function isSustained(bench: Bench, rate: number, seconds: number): Promise<boolean> {
  const program = await run('payhook', bench.server);
  try {
    await warmUp(program, WARM_UP_REQUESTS);
    const watching = watchBacklog(program);
    const outcome = await steady(program.url, rate, seconds);
    const samples = await watching.stop();
    const quietAfter = ((await untilQuiet(program.url)) - outcome.endedAt) / 1000;

    const began = outcome.endedAt - outcome.seconds * 1000;
    const between = (from: number, to: number): number[] =>
      samples
        .filter(
          ({ at }) => at >= began + from * outcome.seconds * 1000 && at < began + to * outcome.seconds * 1000,
        )
        .map(({ pending }) => pending);
    const [before, last] = [median(between(0.5, 0.75)), median(between(0.75, 1))];
    const holds =
      outcome.perSecond >= rate * MIN_KEPT_UP_RATIO &&
      Object.keys(outcome.others).length === 0 &&
      last <= before * 1.1 + rate * 0.1 &&
      last <= rate * MAX_LAG_SECONDS &&
      quietAfter <= MAX_LAG_SECONDS;
    bench.log(
      `${rate.toFixed(0)}/s for ${seconds} s: ${holds ? 'held' : 'NOT held'}; answered ${outcome.perSecond.toFixed(0)}/s, pending ${before} → ${last}, quiet ${quietAfter.toFixed(1)} s after`,
    );
    return holds;
  } finally {
    await program.end();
  }
}

interface Backlog {
  at: number;
  pending: number;
}

function watchBacklog({ url }: RunningProgram): { stop: () => Promise<Backlog[]> } {
  const samples: Backlog[] = [];
  let watching = true;
  const done = (async () => {
    while (watching) {
      samples.push({
        at: performance.timeOrigin + performance.now(),
        pending: pendingIn(await statsOf(url)),
      });
      await wait(200);
    }
  })();
  return {
    async stop() {
      watching = false;
      await done;
      return samples;
    },
  };
}
