import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { bareEnvironment } from '../../config/bare-environment.js';
import { openSandbox } from '../../config/sandbox.js';
import { gateways } from '../../webhooks/gateways/index.js';
import { startService } from '../demo/running-service.js';
import { hangUp } from '../sender.js';
import { SIMULATORS } from '../simulators.js';
import { flood, type FloodReport } from './flood.js';

/**
 * `npm run flood [-- --gateway G --forged R --genuine R --seconds S]`: forged requests at a steady rate at a service
 * of its own, and genuine events from the same address. Ends with 0 if every genuine event was taken, and nothing
 * was answered with a fault of ours.
 */
const OPTIONS = {
  gateway: { type: 'string', default: 'stripe' },
  forged: { type: 'string', default: '5000' },
  genuine: { type: 'string', default: '50' },
  seconds: { type: 'string', default: '10' },
} as const;

async function main(): Promise<boolean> {
  const { values } = parseArgs({ options: OPTIONS });
  const simulator = SIMULATORS.get(values.gateway);
  if (!simulator) throw new Error(`the gateway must be one of ${[...SIMULATORS.keys()].join(', ')}`);
  const [forged, genuine, seconds] = [values.forged, values.genuine, values.seconds].map(Number) as [
    number,
    number,
    number,
  ];
  if (![forged, genuine, seconds].every((number) => number > 0))
    throw new Error('--forged, --genuine and --seconds must be numbers above zero');

  const folder = await mkdtemp(join(tmpdir(), 'payhook-flood-'));
  await chmod(folder, 0o755);
  const dataDir = join(folder, 'data');
  const environment = { ...bareEnvironment(), PORT: '0', DATA_DIR: dataDir, LOG_LEVEL: 'warn' };
  const service = await startService(folder, environment);
  try {
    const secret = (await openSandbox(dataDir, gateways)).secrets.get(values.gateway) ?? '';
    const report = await flood({ url: service.url, simulator, secret, forged, genuine, seconds });
    process.stdout.write(`${inWords(report)}\n`);
    return isGood(report);
  } finally {
    hangUp();
    await service.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

function inWords(report: FloodReport): string {
  const answers = (counts: ReadonlyMap<number, number>): string =>
    [...counts].map(([status, count]) => `${count} × ${status}`).join(', ');
  const { seconds, forgedSent, forgedAnswers, genuineSent, genuineAnswers } = report;
  return [
    `forged   ${forgedSent} in ${seconds.toFixed(1)} s (${Math.round(forgedSent / seconds)}/s): ${answers(forgedAnswers)}`,
    `genuine  ${genuineSent}: ${answers(genuineAnswers)}`,
    `         answered within ${report.genuineP50Ms.toFixed(1)} ms (half), ${report.genuineP99Ms.toFixed(1)} ms (99 of 100)`,
  ].join('\n');
}

const isGood = ({ forgedAnswers, genuineAnswers, genuineSent }: FloodReport): boolean =>
  genuineAnswers.get(200) === genuineSent && [...forgedAnswers.keys()].every((status) => status < 500);

try {
  process.exitCode = (await main()) ? 0 : 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
