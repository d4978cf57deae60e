import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NOTIFICATION_KINDS } from '../../src/notifications/kinds/message-kinds.js';
import { bareEnvironment } from '../../src/platform/config/bare-environment.js';
import { openSandbox } from '../../src/platform/config/sandbox.js';
import { DEMO_GRACE_HOURS, playAccount } from './accounts.js';
import { judgeDemo, type DemoFindings } from './findings.js';
import { startMailCatcher } from './mail-catcher.js';
import { type Ask, playOrders } from './orders.js';
import { startService } from '../running-service.js';
import { SCENES } from './scenes.js';
import { DEMO_RETRY_SECONDS, playSubscriber } from './subscriber.js';
import { playForgeries, playScene, waitUntil, type PlayedScene, type DemoStage } from './stage.js';
import { IppopayFakeApi } from '../../src/webhooks/gateways/ippopay/ippopay-api.simulator.js';
import { closeConnections } from '../../src/simulator/sender.js';
import { gateways } from '../../src/webhooks/gateways/index.js';

/** `npm run demo`: plays all gateways' traffic at the built service, and checks the result. */

/** Longer than the messages of a story take to arrive on a busy machine. */
const SETTLE_SECONDS = '2';
const stay = process.argv.includes('--stay');

async function main(): Promise<boolean> {
  const folder = await mkdtemp(join(tmpdir(), 'payhook-demo-'));
  await chmod(folder, 0o755);
  const keys = {
    publicKey: `pk_test_${randomBytes(8).toString('hex')}`,
    secretKey: `sk_test_${randomBytes(8).toString('hex')}`,
  };
  const [ippopayApi, catcher] = await Promise.all([IppopayFakeApi.start(keys), startMailCatcher()]);
  say('starting the service and its PostgreSQL');
  const dataDir = join(folder, 'data');
  const service = await startService(folder, {
    ...bareEnvironment(),
    PORT: '0',
    DATA_DIR: dataDir,
    LOG_LEVEL: 'warn',
    SMTP_URL: catcher.url,
    MAIL_FROM: 'Shop <pay@shop.example>',
    MESSAGES: NOTIFICATION_KINDS.join(','),
    ALERT_SETTLE_SECONDS: SETTLE_SECONDS,
    GRACE_HOURS: DEMO_GRACE_HOURS,
    SUBSCRIPTION_RETRY_SECONDS: DEMO_RETRY_SECONDS,
    PAYMENT_RETRY_URL: 'https://shop.example/orders/{orderId}/pay',
    IPPOPAY_PUBLIC_KEY: keys.publicKey,
    IPPOPAY_SECRET_KEY: keys.secretKey,
    IPPOPAY_API_URL: ippopayApi.baseUrl,
  });
  try {
    const { secrets, apiKey } = await openSandbox(dataDir, gateways);
    const stage = { baseUrl: service.url, secrets, ippopayApi, mails: catcher.mails };
    const findings = await playAll(stage, apiKey);
    process.stdout.write(`\n${findings.text}\n`);
    if (stay) await stayUp(service.url, apiKey);
    return findings.asExpected;
  } finally {
    closeConnections();
    await service.stop();
    await Promise.all([ippopayApi.close(), catcher.close()]);
    await rm(folder, { recursive: true, force: true });
  }
}

async function playAll(stage: DemoStage, apiKey: string): Promise<DemoFindings> {
  say(`playing ${SCENES.length} payments: failures, duplicates, messages out of order`);
  const played = await playScenes(stage);
  say('sending requests that must be refused: forged, altered, stale');
  const forgeries = await playForgeries(stage);
  say('waiting until nothing is pending');
  const ask = askerOf(stage.baseUrl, apiKey);
  await waitUntil(async () => (await ask<{ quiet: boolean }>('/stats')).quiet);
  say('registering orders: one paid, one paid too much, one that nobody pays');
  const orders = await playOrders(played, ask);
  const payments = await judgeDemo(played satisfies PlayedScene[], forgeries, stage.mails, ask);
  say('playing a membership to a subscriber: paid, failed, suspended, paid again');
  const membership: DemoFindings[] = [];
  const told = await playSubscriber(ask, async () => {
    membership.push(await playAccount(stage, ask));
  });
  const parts = [orders, ...membership, told, payments];
  return {
    text: parts.map(({ text }) => text).join('\n\n'),
    asExpected: parts.every(({ asExpected }) => asExpected),
  };
}

/** Those that must be told before a message settles are played before the others, which slow them down. */
async function playScenes(stage: DemoStage): Promise<PlayedScene[]> {
  const played: PlayedScene[] = [];
  for (const hurries of [true, false])
    await Promise.all(
      SCENES.map(async (scene, nth) => {
        if (scene.hurries === hurries) played[nth] = await playScene(stage, scene, nth);
      }),
    );
  return played;
}

const askerOf =
  (baseUrl: string, apiKey: string): Ask =>
  async <T>(path: string, body?: object, method: 'PUT' | 'POST' = 'PUT'): Promise<T> => {
    const response = await fetch(baseUrl + path, {
      headers: { authorization: `Bearer ${apiKey}` },
      ...(body && { method, body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${path} answered ${response.status}`);
    return (await response.json()) as T;
  };

async function stayUp(url: string, apiKey: string): Promise<void> {
  process.stdout.write(`\nStill up at ${url}, until Ctrl-C.  Authorization: Bearer ${apiKey}\n`);
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
}

const began = Date.now();
function say(what: string): void {
  process.stdout.write(`${((Date.now() - began) / 1000).toFixed(1).padStart(5)} s  ${what}\n`);
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
