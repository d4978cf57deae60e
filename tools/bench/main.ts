import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { cleanUp, cleanUpOnSignals, isInterrupted } from './at-end.js';
import type { Bench, Measure } from './bench.js';
import { type BenchArguments, benchArguments, UsageError } from './bench-arguments.js';
import { openServer } from './bench-database.js';
import type { Finding } from './findings.js';
import { acksMeasure, type Throughputs } from './measures/acks.measure.js';
import { alert } from './measures/alert.measure.js';
import { burstMeasure, mails } from './measures/burst.measure.js';
import { drainMeasure } from './measures/drain.measure.js';
import { designs } from './measures/designs.measure.js';
import { filled } from './measures/filled.measure.js';
import { hot } from './measures/hot.measure.js';
import { latency, visible } from './measures/latency.measure.js';
import { memory } from './measures/memory.measure.js';
import { nodes } from './measures/nodes.measure.js';
import { start } from './measures/start.measure.js';
import { subscribers } from './measures/subscribers.measure.js';
import { sustained } from './measures/sustained.measure.js';
import { workers } from './measures/workers.measure.js';
import { writes } from './measures/writes.measure.js';
import { measureService } from './programs/payhook.js';
import { profile } from './profile/profile.js';
import { PROJECT } from './project.js';
import { thisMachine } from './report/machine.js';
import { reportAsMarkdown } from './report/markdown.js';
import { writePerformanceFile } from './report/performance-file.js';
import { plot } from './report/plot.js';
import { findingsAsText } from './report/terminal.js';

const ROUNDS = 5;
const QUICK_ROUNDS = 1;

let throughputs: Throughputs | null = null;

const MEASURES: readonly Measure[] = [
  acksMeasure((it) => {
    throughputs = it;
  }),
  sustained,
  burstMeasure,
  mails,
  drainMeasure,
  nodes,
  latency,
  visible,
  alert,
  filled,
  hot,
  memory,
  writes,
  start,
  workers,
  subscribers,
  designs,
];

const USAGE = `npm run bench -- [--quick] [--only <measure,…>] [--rounds N] [--autocannon] [--json <file>] [--write] [--service <dist/main.js of another build>]
npm run bench -- --profile [--quick]     where the time of the service goes: docs/flame-graph.svg and a table

${MEASURES.map(({ name, asks }) => `  ${name.padEnd(10)} ${asks}`).join('\n')}
`;

async function main(): Promise<void> {
  const options = benchArguments(
    process.argv.slice(2),
    MEASURES.map(({ name }) => name),
  );
  if (options.help) return console.log(USAGE);
  cleanUpOnSignals();
  await measure(options);
}

async function measure(options: BenchArguments): Promise<void> {
  const began = Date.now();
  if (options.service !== null) measureService(resolve(options.service));
  const bench: Bench = {
    server: await openServer(),
    quick: options.quick,
    rounds: options.rounds ?? (options.quick ? QUICK_ROUNDS : ROUNDS),
    generator: options.autocannon ? 'autocannon' : 'own',
    log: (text) => console.error(`${clock(began)} ${text}`),
  };
  if (options.profile) return console.log(await profile(bench));
  const findings: Finding[] = [];
  for (const { name, run } of MEASURES) {
    if (options.only && !options.only.includes(name)) continue;
    bench.log(name);
    findings.push(...(await run(bench)));
  }
  console.log(findingsAsText(findings));
  const whole = options.only === null && !options.quick;
  if ((whole && options.service === null) || options.write) await publish(bench, findings);
  if (options.json !== null) {
    const raw = {
      machine: thisMachine(new Date()),
      settings: bench.server.settings,
      findings,
      throughputs: Object.fromEntries(throughputs ?? []),
    };
    await writeFile(options.json, `${JSON.stringify(raw, null, 2)}\n`);
  }
}

async function publish({ server, rounds, quick }: Bench, findings: readonly Finding[]): Promise<void> {
  const machine = thisMachine(new Date());
  const { settings } = server;
  const markdown = reportAsMarkdown({ machine, settings, rounds, quick, findings, throughputs });
  await writePerformanceFile(markdown);
  if (throughputs) await writeFile(join(PROJECT, 'docs/performance.svg'), plot(throughputs));
}

function clock(began: number): string {
  const seconds = Math.floor((Date.now() - began) / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

try {
  await main();
} catch (error) {
  if (!isInterrupted()) console.error(error instanceof UsageError ? `${error.message}\n\n${USAGE}` : error);
  process.exitCode = 1;
} finally {
  await cleanUp();
}
