import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { ConfigurationError } from '../platform/config/configuration.errors.js';
import type { Env } from '../platform/config/env.js';
import { loadEnv } from '../platform/config/load-env.js';
import { type FakeGatewayApi, type StoryEvent } from '../simulator/gateway-simulator.js';
import { playEvent, type Player, createStorySubject } from '../simulator/player.js';
import { closeConnections } from '../simulator/sender.js';
import {
  type SimulateOptions,
  parseSimulateArguments,
  urlOfService,
  USAGE,
  UsageError,
} from '../simulator/simulate-arguments.js';
import { buildStory } from '../simulator/stories.js';
import { loadInstalled } from '../app/plugins/installed.js';

/** `npm run simulate -- <gateway> <story>`: plays stories at a running service, signed as the gateway signs. */

/** Stories start one minute ago, so that none of their steps is ahead of the service's clock. */
const STORY_AGE_MS = 60_000;
const FETCH_TIMEOUT_MS = 10_000;

async function main(): Promise<boolean> {
  const options = parseSimulateArguments(process.argv.slice(2), null);
  const player = await createPlayer(options);
  try {
    return await playStories(player, options);
  } finally {
    closeConnections();
    await player.api?.close();
  }
}

async function loadConfiguration(): Promise<Env> {
  const { gateways, features } = await loadInstalled();
  return loadEnv(gateways, undefined, undefined, features);
}

async function createPlayer({ simulator, url, account, secret }: SimulateOptions): Promise<Player> {
  // The service may be on another machine, so its configuration is read only for values that were not given.
  const env = secret === null || url === null ? await loadConfiguration() : null;
  const configured = secret === null ? env?.gateways.get(simulator.gateway)?.get(account) : undefined;
  const used = secret ?? configured?.secrets[0];
  if (!used)
    throw new UsageError(
      `no secret is configured for ${simulator.gateway}, account ${account}: use --secret`,
    );
  const baseUrl = url ?? urlOfService(env?.host ?? '', env?.port ?? 0);
  const api = (await simulator.startApi?.(configured?.settings ?? {})) ?? null;
  if (simulator.startApi && !api)
    console.log(
      `Only hints are sent: ${simulator.gateway.toUpperCase()}_API_URL names no address on this machine.`,
    );
  return { simulator, baseUrl, secret: used, account, api };
}

async function playStories(
  player: Player,
  { story, count, rate, customer }: SimulateOptions,
): Promise<boolean> {
  const began = Date.now();
  let sent = 0;
  let accepted = 0;
  for (let nth = 0; nth < count; nth++) {
    const start = new Date(Date.now() - STORY_AGE_MS);
    const made = createStorySubject(player.simulator, randomBytes(8).toString('hex'), start);
    const subject = customer === null ? made : { ...made, customerId: customer };
    for (const event of buildStory(player.simulator, story, subject)) {
      if (rate !== null) await sleep(Math.max(0, began + (sent * 1000) / rate - Date.now()));
      sent++;
      if (await playStep(player, event)) accepted++;
    }
  }
  const seconds = ((Date.now() - began) / 1000).toFixed(1);
  console.log(
    `${count} × ${story}: ${sent} messages in ${seconds} s, ${accepted} accepted, ${sent - accepted} not`,
  );
  return accepted === sent;
}

async function playStep(player: Player, event: StoryEvent): Promise<boolean> {
  const asked = player.api?.countRequests(event.orderId) ?? 0;
  const { status, body } = await playEvent(player, event);
  console.log(`${event.kind.padEnd(17)} ${event.paymentId}  ${status} ${body}`);
  const accepted = status >= 200 && status < 300;
  // For each hint the service asks for the order and for its transaction.
  if (accepted && player.api) await waitUntilFetched(player.api, event.orderId, asked + 2);
  return accepted;
}

/** Waits up to 10 s until the service has fetched this step, because the next step changes the API's state. */
async function waitUntilFetched(api: FakeGatewayApi, orderId: string, requests: number): Promise<void> {
  const until = Date.now() + FETCH_TIMEOUT_MS;
  while (api.countRequests(orderId) < requests && Date.now() < until) await sleep(20);
}

try {
  process.exitCode = (await main()) ? 0 : 1;
} catch (error) {
  if (error instanceof UsageError) console.error(`${error.message}\n\n${USAGE}`);
  else if (error instanceof ConfigurationError) console.error(error.message);
  else
    console.error(
      `The messages could not be sent: ${(error as Error).message || (error as { code?: string }).code}`,
    );
  process.exitCode = 1;
}
