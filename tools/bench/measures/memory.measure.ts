import { untilQuiet } from '../load/stats.js';
import { setTimeout as wait } from 'node:timers/promises';
import { type Measure, saturate } from '../bench.js';
import { type Finding, median } from '../findings.js';
import { type RunningProgram, run } from '../programs/programs.js';
import { warmUp } from './pending.js';

const MB = 1e6;
const WARM_UP = 1000;
const MINUTES = 2;
/** Requests are prepared for this long at a time; the pause between is part of neither minute. */
const CHUNK_SECONDS = 10;

/** What the process holds under full load, minute by minute, and after it. */
export const memory: Measure = {
  name: 'memory',
  asks: 'memory under a full load of minutes, and at rest after it (10)',
  async run(bench) {
    const minute = bench.quick ? 2 : 60;
    const program = await run('payhook', bench.server);
    await warmUp(program, WARM_UP);
    const minutes: number[][] = [];
    for (let nth = 1; nth <= MINUTES; nth++) {
      const samples = await samplesUnderLoad(program, minute);
      minutes.push(samples);
      bench.log(`${minute} s of full load, time ${nth}: ${(median(samples) / MB).toFixed(0)} MB`);
    }
    const peak = program.usage().peakBytes;
    await untilQuiet(program.url);
    await wait(bench.quick ? 1000 : 10_000);
    const rest = program.usage().rssBytes;
    await program.end();
    return findings(minutes, peak, rest, minute);
  },
};

async function samplesUnderLoad(program: RunningProgram, seconds: number): Promise<number[]> {
  const samples: number[] = [];
  const timer = setInterval(() => samples.push(program.usage().rssBytes), 250);
  let loaded = 0;
  let perSecond = 0;
  while (loaded < seconds) {
    const chunk = Math.min(CHUNK_SECONDS, seconds - loaded);
    const outcome = await saturate(program.url, perSecond > 0 ? Math.max(200, perSecond * chunk) : WARM_UP);
    loaded += outcome.seconds;
    perSecond = Math.ceil(outcome.perSecond);
  }
  clearInterval(timer);
  return samples;
}

function findings(minutes: number[][], peak: number, rest: number, seconds: number): Finding[] {
  const [first, last] = [minutes[0] ?? [], minutes.at(-1) ?? []].map((samples) => median(samples) / MB);
  return [
    {
      question: 10,
      what: 'Memory (RSS), the most it ever held',
      unit: ' MB',
      figures: [peak / MB],
      target: { kind: 'at most', value: 300 },
    },
    {
      question: 10,
      what: `Memory (RSS) in the last ${seconds} s of full load`,
      unit: ' MB',
      figures: [last ?? NaN],
      reference: { what: `the first ${seconds} s`, figures: [first ?? NaN] },
      target: { kind: 'at most', value: 1.1 },
    },
    { question: 10, what: 'Memory (RSS) at rest after it', unit: ' MB', figures: [rest / MB] },
  ];
}
