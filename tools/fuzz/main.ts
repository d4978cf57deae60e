import { execFile } from 'node:child_process';
import { randomBytes, randomInt } from 'node:crypto';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs, promisify } from 'node:util';
import { bareEnvironment } from '../../src/platform/config/bare-environment.js';
import { openSandbox } from '../../src/platform/config/sandbox.js';
import { startService } from '../running-service.js';
import { runFuzz } from './fuzz-run.js';
import { judgeFuzz, type Stats } from './fuzz-verdict.js';
import { IppopayFakeApi } from '../../src/webhooks/gateways/ippopay/ippopay-api.simulator.js';
import { closeConnections } from '../../src/simulator/sender.js';
import { gateways } from '../../src/webhooks/gateways/index.js';

/**
 * `npm run fuzz -- --requests 200000 [--seed S]`: sends hostile requests to the built service on a PostgreSQL of its own.
 * The same seed gives the same cases; `--from N --requests 1` plays one of them.
 */
const { values: given } = parseArgs({
  options: {
    requests: { type: 'string', default: '20000' },
    seed: { type: 'string', default: String(randomInt(2 ** 31)) },
    from: { type: 'string', default: '0' },
    concurrency: { type: 'string', default: '16' },
  },
});

async function main(): Promise<boolean> {
  const folder = await mkdtemp(join(tmpdir(), 'payhook-fuzz-'));
  await chmod(folder, 0o755);
  const dataDir = join(folder, 'data');
  const keys = { publicKey: 'pk_test_fuzz', secretKey: randomBytes(16).toString('hex') };
  const ippopayApi = await IppopayFakeApi.start(keys);
  const service = await startService(folder, {
    ...bareEnvironment(),
    PORT: '0',
    DATA_DIR: dataDir,
    LOG_LEVEL: 'error',
    ALERT_SETTLE_SECONDS: '0',
    IPPOPAY_PUBLIC_KEY: keys.publicKey,
    IPPOPAY_SECRET_KEY: keys.secretKey,
    IPPOPAY_API_URL: ippopayApi.baseUrl,
  });
  try {
    const { secrets, apiKey } = await openSandbox(dataDir, gateways);
    const read = readerOf(service.url, apiKey);
    const ids: string[] = [];
    const target = { secrets, apiKey, host: new URL(service.url).host, ids };
    const [requests, seed, from, concurrency] = [
      given.requests,
      given.seed,
      given.from,
      given.concurrency,
    ].map(Number) as [number, number, number, number];
    process.stdout.write(`${requests} requests, seed ${seed}\n`);
    setInterval(() => void gather(read, ids).catch(() => undefined), 2_000).unref();
    const memory = (): Promise<number> => residentMiB(service.pid);
    const result = await runFuzz({ requests, seed, from, concurrency, baseUrl: service.url, target, memory });
    const stats = await whenQuiet(() => read<Stats>('/stats'));
    const verdict = judgeFuzz(result, stats);
    process.stdout.write(verdict.text);
    return verdict.asExpected;
  } finally {
    closeConnections();
    await service.stop();
    await ippopayApi.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Collects the newest ids of each list, for later read requests. */
async function gather(read: <T>(path: string) => Promise<T>, ids: string[]): Promise<void> {
  for (const list of ['/payments', '/deliveries', '/notifications']) {
    const { items } = await read<{ items: { id: string }[] }>(`${list}?limit=20`);
    ids.push(...items.map(({ id }) => id));
  }
  ids.splice(0, ids.length - 300);
}

/** Waits until nothing is pending, as long as the pending work decreases within every 60 s. */
async function whenQuiet(read: () => Promise<Stats>): Promise<Stats> {
  const stalledAfterMs = 60_000;
  let least = Infinity;
  for (let end = Date.now() + stalledAfterMs; ;) {
    const stats = await read();
    const pending = stats.deliveries.pending + stats.handlers.pending + stats.notifications.pending;
    if (stats.quiet || Date.now() > end) return stats;
    if (pending < least) end = Date.now() + stalledAfterMs;
    least = Math.min(least, pending);
    await wait(200);
  }
}

const readerOf =
  (baseUrl: string, apiKey: string) =>
  async <T>(path: string): Promise<T> => {
    const response = await fetch(baseUrl + path, { headers: { authorization: `Bearer ${apiKey}` } });
    if (!response.ok) throw new Error(`${path} answered ${response.status}`);
    return (await response.json()) as T;
  };

async function residentMiB(pid: number): Promise<number> {
  if (process.platform === 'linux') {
    const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
    return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
  }
  const { stdout } = await promisify(execFile)('ps', ['-o', 'rss=', '-p', String(pid)]);
  return Number(stdout) / 1024;
}

main().then(
  (asExpected) => {
    process.exitCode = asExpected ? 0 : 1;
  },
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exitCode = 1;
  },
);
