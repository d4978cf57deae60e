import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { bareEnvironment } from '../../src/platform/config/bare-environment.js';
import { gateways } from '../../src/webhooks/gateways/index.js';
import { startService } from '../running-service.js';
import { closeConnections } from '../../src/simulator/sender.js';
import { SIMULATORS } from '../../src/simulator/simulators.js';
import type { GatewaySimulator } from '../../src/simulator/gateway-simulator.js';
import { ASYMMETRIC_ACCOUNT, ATTACKS } from './attacks.js';
import { runFlood, type FloodPlan, type FloodReport } from './flood.js';
import { MemoryWatch } from './memory-watch.js';

/**
 * `npm run flood [-- --attack A --gateway G --forged R --genuine R --seconds S]`: floods a service of its own, and sends
 * genuine events from the same address. Without `--attack` it runs all attacks in sequence; the attack `forged` sends forged
 * requests at a steady rate. Ends with 0 if every genuine event was accepted and the service stayed below
 * {@link MAX_SERVICE_MIB}.
 */
const FORGED = 'forged';
const MAX_SERVICE_MIB = 350;
/** Pause after the flood before the memory is measured again. */
const SETTLE_MS = 5_000;

const OPTIONS = {
  attack: { type: 'string' },
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

  const names = values.attack === undefined ? [FORGED, ...ATTACKS.keys()] : [values.attack];
  const unknown = names.find((name) => name !== FORGED && !ATTACKS.has(name));
  if (unknown !== undefined)
    throw new Error(`--attack must be one of ${[FORGED, ...ATTACKS.keys()].join(', ')}`);

  let isGood = true;
  for (const name of names) {
    const attack = ATTACKS.get(name);
    const rates = { forged, genuine, seconds };
    isGood = (await floodOneService(name, simulator, { ...rates, ...(attack && { attack }) })) && isGood;
  }
  return isGood;
}

/** Runs one attack against a fresh service, so that its memory figures are its own. */
async function floodOneService(
  name: string,
  simulator: GatewaySimulator,
  plan: Pick<FloodPlan, 'forged' | 'genuine' | 'seconds' | 'attack'>,
): Promise<boolean> {
  const folder = await mkdtemp(join(tmpdir(), 'payhook-flood-'));
  await chmod(folder, 0o755);
  const secret = createSecret(simulator.gateway);
  const service = await startService(folder, {
    ...bareEnvironment(),
    PORT: '0',
    DATA_DIR: join(folder, 'data'),
    LOG_LEVEL: 'warn',
    [`WEBHOOK_SECRETS_${simulator.gateway.toUpperCase()}`]: secret,
    [`WEBHOOK_SECRETS_STANDARD__${ASYMMETRIC_ACCOUNT.toUpperCase()}`]: `${createPublicKey()},${createPublicKey()}`,
  });
  const memory = new MemoryWatch(service.pid);
  try {
    const report = await runFlood({ url: service.url, simulator, secret, ...plan });
    closeConnections();
    const largest = memory.peakMiB;
    await sleep(SETTLE_MS);
    process.stdout.write(`${name}\n${formatReport(report)}\n`);
    process.stdout.write(
      `         ${largest} MiB at most, ${memory.readMiB()} MiB ${SETTLE_MS / 1000} s later\n\n`,
    );
    return isGood(report) && largest <= MAX_SERVICE_MIB;
  } finally {
    memory.stop();
    closeConnections();
    await service.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

function createSecret(gateway: string): string {
  const random = randomBytes(32);
  const made = gateways.find(({ name }) => name === gateway)?.makeSecret?.(random);
  return made ?? random.toString('base64url');
}

/** A random ed25519 public key in the form of the gateway `standard`. Nobody has its private key. */
const createPublicKey = (): string => {
  const spki = generateKeyPairSync('ed25519').publicKey.export({ format: 'der', type: 'spki' });
  return `whpk_${spki.subarray(-32).toString('base64')}`;
};

function formatReport(report: FloodReport): string {
  const answers = (counts: ReadonlyMap<number, number>): string =>
    [...counts].map(([status, count]) => `${count} × ${status}`).join(', ');
  const { seconds, forgedSent, forgedResponses, genuineSent, genuineResponses } = report;
  return [
    `flood    ${forgedSent} in ${seconds.toFixed(1)} s (${Math.round(forgedSent / seconds)}/s): ${answers(forgedResponses)}`,
    `genuine  ${genuineSent}: ${answers(genuineResponses)}`,
    `         answered within ${report.genuineP50Ms.toFixed(1)} ms (half), ${report.genuineP99Ms.toFixed(1)} ms (99 of 100)`,
  ].join('\n');
}

/** Slow senders are evicted with 503, which is expected. Any other 5xx is a failure. */
const isGood = ({ forgedResponses, genuineResponses, genuineSent }: FloodReport): boolean =>
  genuineResponses.get(200) === genuineSent &&
  [...forgedResponses.keys()].every((status) => status < 500 || status === 503);

try {
  process.exitCode = (await main()) ? 0 : 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
