import { pendingIn, statsOf } from '../load/stats.js';
import { type Bench, type Measure, saturate } from '../bench.js';
import type { Outcome } from '../load/orders.js';
import { type Finding, median } from '../findings.js';
import { figure } from '../report/figures.js';
import { type ProgramName, PROGRAMS, run } from '../programs/programs.js';

/** One program, one round. */
export interface Throughput {
  perSecond: number;
  p50: number;
  p99: number;
  /** CPU of the program and of the generator for one request, in microseconds. */
  cpu: number;
  generatorCpu: number;
  peakBytes: number;
  /** Of what was answered, the share that was still to be worked on at the last answer; null where nothing follows. */
  left: number | null;
}

export type Throughputs = ReadonlyMap<ProgramName, readonly Throughput[]>;

const WARM_UP_REQUESTS = 500;

/**
 * Answers a second of every program, 64 connections, one program at a time, round after round. How many requests are
 * prepared for a program follows from how many it answered in its warm-up.
 */
export function acksMeasure(publish: (throughputs: Throughputs) => void): Measure {
  return {
    name: 'acks',
    asks: 'durable answers a second of Payhook and of the programs it is compared with (1, 2, 3)',
    async run(bench) {
      const names = Object.keys(PROGRAMS) as ProgramName[];
      const all = new Map(names.map((name) => [name, [] as Throughput[]]));
      for (let round = 1; round <= bench.rounds; round++) {
        for (const name of names) {
          const one = await throughputOf(name, bench);
          all.get(name)?.push(one);
          const figures = `${one.perSecond.toFixed(0)}/s, p50 ${figure(one.p50)} ms, p99 ${figure(one.p99)} ms, CPU ${one.cpu.toFixed(0)} µs`;
          bench.log(`round ${round}/${bench.rounds} (${PROGRAMS[name].letter}) ${name}: ${figures}`);
        }
      }
      publish(all);
      return findings(all);
    },
  };
}

async function throughputOf(name: ProgramName, bench: Bench): Promise<Throughput> {
  const seconds = bench.quick ? 1 : 8;
  const program = await run(name, bench.server);
  const send = (count: number): Promise<Outcome> =>
    saturate(program.url, Math.ceil(count), {}, bench.generator);
  try {
    const { perSecond: cold } = await send(WARM_UP_REQUESTS);
    const { perSecond: warm } = await send(cold * (seconds / 3));
    const before = program.usage();
    const { ok, perSecond, latency, cpuSeconds } = await send(warm * seconds);
    const after = program.usage();
    const left = name === 'payhook' ? pendingIn(await statsOf(program.url)) / ok : null;
    return {
      perSecond,
      p50: latency.p50,
      p99: latency.p99,
      cpu: ((after.cpuSeconds - before.cpuSeconds) / ok) * 1e6,
      generatorCpu: (cpuSeconds / ok) * 1e6,
      peakBytes: after.peakBytes,
      left,
    };
  } finally {
    await program.end();
  }
}

function findings(all: Throughputs): Finding[] {
  const rates = (name: ProgramName): number[] => (all.get(name) ?? []).map(({ perSecond }) => perSecond);
  const against = (question: number, name: ProgramName, value: number, aim?: number): Finding => ({
    question,
    what: 'Durable answers a second',
    unit: '/s',
    figures: rates('payhook'),
    reference: { what: `(${PROGRAMS[name].letter}) ${name}`, figures: rates(name) },
    target: { kind: 'at least', value, aim },
  });
  const busy = (all.get('bare') ?? []).map(({ perSecond, generatorCpu }) => (perSecond * generatorCpu) / 1e6);
  return [
    against(1, 'reference-limit', 0.45, 0.8),
    against(2, 'validating-nest', 0.8, 1),
    against(3, 'competent-nest', 8),
    {
      question: 1,
      what: 'Of what was answered, still to be worked on at the last answer: senders go first where the process is full',
      unit: '',
      figures: (all.get('payhook') ?? []).map(({ left }) => left ?? NaN),
    },
    {
      question: 3,
      what: `The generator at its fastest, (0) bare with ${median(rates('bare')).toFixed(0)}/s: share of one core`,
      unit: '',
      figures: busy,
    },
  ];
}
