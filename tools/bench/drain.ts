import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { cleanUp, cleanUpOnSignals, isInterrupted } from './at-end.js';
import { openServer } from './bench-database.js';
import { FAILING } from './bench.js';
import { drain, type Drained } from './measures/drain.js';
import { PAYHOOK } from './project.js';
import { figure } from './report/figures.js';

const USAGE = `drain.js [--service <dist/main.js>]… [--failing 10] [--count 43000] [--rounds 1] [--node <node>] [--env NAME=value]… [--profile <file>] [--wal]
Stores webhooks without working on them, starts the service, and measures until /stats says quiet. Of several services
each has its turn in every round. --failing is a percentage. DATABASE_URL names a server; else one is started.
--profile has V8 sample the service while it drains (\`.cpuprofile\`), which costs time itself.
--wal tells what the log was written for, by table and index.
`;

const { values } = parseArgs({
  options: {
    service: { type: 'string', multiple: true, default: [PAYHOOK] },
    failing: { type: 'string', default: String(FAILING) },
    count: { type: 'string', default: '43000' },
    rounds: { type: 'string', default: '1' },
    node: { type: 'string' },
    env: { type: 'string', multiple: true, default: [] },
    profile: { type: 'string' },
    wal: { type: 'boolean' },
    help: { type: 'boolean' },
  },
});

async function main(): Promise<void> {
  if (values.help) return console.log(USAGE);
  const environment = Object.fromEntries(
    values.env.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
  );
  const [count, failing, rounds] = [values.count, values.failing, values.rounds].map(Number) as [
    number,
    number,
    number,
  ];
  cleanUpOnSignals();
  const server = await openServer();
  for (let round = 1; round <= rounds; round++) {
    for (const service of values.service) {
      const main = resolve(service);
      const drained = await drain(server, {
        main,
        environment,
        node: values.node,
        count,
        failing,
        profileTo: values.profile,
        byRelation: values.wal,
      });
      console.log(JSON.stringify({ service: main, failing, ...drained }));
      console.log(inWords(service, failing, drained));
      for (const { relation, kind, records, bytes, pageBytes } of drained.walByRelation ?? [])
        console.log(
          `${figure(bytes / drained.webhooks)} B of WAL a webhook, ${figure(records / drained.webhooks)} records, whole pages ${figure(pageBytes / drained.webhooks)} B: ${relation} ${kind}`,
        );
    }
  }
}

function inWords(service: string, failing: number, { webhooks, perSecond, drain, stored }: Drained): string {
  const cpu = drain.serviceMicros + drain.databaseMicros;
  return [
    `${service}: ${webhooks} webhooks, ${failing} % failing, drained at ${figure(perSecond)}/s`,
    `CPU ${figure(cpu)} µs a webhook (Node ${figure(drain.serviceMicros)}, PostgreSQL ${figure(drain.databaseMicros)})`,
    `cores ${figure(drain.idleShare * 100)} % idle`,
    `WAL ${figure(drain.walBytes)} B (stored before: ${figure(stored.walBytes)} B, CPU ${figure(stored.serviceMicros)} + ${figure(stored.databaseMicros)} µs, ${figure(stored.perSecond)}/s)`,
  ].join('; ');
}

try {
  await main();
} catch (error) {
  if (!isInterrupted()) console.error(error);
  process.exitCode = 1;
} finally {
  await cleanUp();
}
