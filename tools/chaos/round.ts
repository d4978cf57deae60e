import { setTimeout as sleep } from 'node:timers/promises';
import { createSeededRandom } from '../../src/simulator/tampering.js';
import type { Player } from '../../src/simulator/player.js';
import { SIMULATORS } from '../../src/simulator/simulators.js';
import type { StoryName } from '../../src/simulator/stories.js';
import type { Fault } from './fault.js';
import { sendUntilAcknowledged, type Acknowledged, type SendingCounts } from './sender-until-acknowledged.js';
import type { Judgement } from './judgement.js';
import { judgeRound } from './oracle.js';
import { planOrders, type OrderPlan } from './order-plan.js';
import { registerOrder } from './order-registration.js';
import { waitUntilAlerted } from './alert-watch.js';
import { pauseTheDeaf, subscribe, waitUntilSent } from './subscriber-registration.js';
import { planPayment, type PaymentPlan } from './payment-plan.js';
import type { ChaosStage } from './stage.js';

export interface Round {
  seed: number;
  group: Fault['group'];
  fault: string;
  /** False: the moment that the fault waits for never came. */
  hit: boolean;
  payments: number;
  /** Registered. */
  orders: number;
  acknowledged: number;
  attempts: number;
  refusals: Record<number, number>;
  ms: number;
  judgement: Judgement;
}

const PAYMENTS_PER_ROUND = 14;
/** Stories of the first payments: in every round at least three alerts are due, and one message that the money arrived. */
const FIXED_STORIES: readonly (StoryName | undefined)[] = [
  'failure',
  'failure',
  undefined,
  'failure-then-recovery',
];
const STORY_AGE_MS = 120_000;

/** Plays traffic of all gateways with one fault in the middle, and judges the result. */
export async function playRound(stage: ChaosStage, fault: Fault, seed: number): Promise<Round> {
  const began = performance.now();
  const random = createSeededRandom(seed);
  await fault.prepare?.(stage, random);
  await stage.startService();
  const gateways = [...SIMULATORS.keys()];
  const suffix = `${seed.toString(36)}r${Math.floor(began).toString(36)}`;
  await subscribe(stage, suffix);
  const start = new Date(Date.now() - STORY_AGE_MS);
  const planned = Array.from({ length: PAYMENTS_PER_ROUND }, (_, nth) =>
    planPayment(
      random,
      gateways[nth % gateways.length] as string,
      `${suffix}p${nth}`,
      start,
      FIXED_STORIES[nth],
    ),
  );
  const plans = [...planned, ...planSecondPayment(random, planned, `${suffix}again`, start)];
  const orders = planOrders(random, plans, new Date());
  // Gateways' clocks are wrong by up to 200 s, except where the fault is the service's own clock.
  const skewMs = stage.skew ? 0 : (random() - 0.5) * 400_000;
  const counts: SendingCounts = { attempts: 0, refusals: {} };
  const acknowledged: Acknowledged[] = [];
  const send = plans.map((plan) =>
    sendPayment(
      stage,
      plan,
      orders.find(({ payments }) => payments[0] === plan),
      { skewMs, random: createSeededRandom(random() * 2 ** 32) },
      counts,
      acknowledged,
    ),
  );
  const [hit] = await Promise.all([fault.strike(stage, random), ...send]);
  await waitUntilExpired(orders);
  await pauseTheDeaf(stage);
  await stage.waitUntilQuiet();
  await waitUntilSent(stage);
  const judgement = await judgeRound(stage, plans, orders, acknowledged);
  if (fault.needsFreshService) {
    stage.skew = null;
    await stage.stopService();
  }
  return {
    seed,
    group: fault.group,
    fault: fault.name,
    hit,
    payments: plans.length,
    orders: orders.length,
    acknowledged: acknowledged.length,
    ...counts,
    ms: Math.round(performance.now() - began),
    judgement,
  };
}

/** A second payment of an order that nobody is alerted about: its customer pays twice. */
function planSecondPayment(
  random: () => number,
  planned: readonly PaymentPlan[],
  suffix: string,
  start: Date,
): PaymentPlan[] {
  const first = planned.find(
    ({ gateway, events }) => gateway !== 'ippopay' && events.every(({ kind }) => kind !== 'failed'),
  );
  if (first === undefined) return [];
  return [planPayment(random, first.gateway, suffix, start, 'success', first.events[0]?.orderId)];
}

/** Then each order of the round has a status that does not change any more. */
const waitUntilExpired = (orders: readonly OrderPlan[]): Promise<void> =>
  sleep(Math.max(0, ...orders.map(({ terms }) => Date.parse(terms.expiresAt ?? '') - Date.now() || 0)));

/**
 * Sends the messages of one payment in sequence with pauses; some are sent twice at the same time. Registers its order before
 * them, between them or after them.
 */
async function sendPayment(
  stage: ChaosStage,
  { gateway, sent, paymentId, recoversAfterAlert }: PaymentPlan,
  order: OrderPlan | undefined,
  { skewMs, random }: { skewMs: number; random: () => number },
  counts: SendingCounts,
  acknowledged: Acknowledged[],
): Promise<void> {
  const player = createPlayer(stage, gateway, skewMs);
  const registerAt = { before: 0, between: Math.ceil(sent.length / 2), after: sent.length };
  for (const [nth, event] of sent.entries()) {
    if (order !== undefined && registerAt[order.when] === nth) await registerOrder(stage, order);
    await sleep(random() * 250);
    if (recoversAfterAlert && event.kind === 'succeeded') await waitUntilAlerted(stage, gateway, paymentId);
    const copies = random() < 0.15 ? 2 : 1;
    const answers = Array.from({ length: copies }, () => sendUntilAcknowledged(player, event, counts));
    acknowledged.push(...(await Promise.all(answers)));
  }
  if (order !== undefined && registerAt[order.when] === sent.length) await registerOrder(stage, order);
}

function createPlayer(stage: ChaosStage, gateway: string, skewMs: number): Player {
  const simulator = SIMULATORS.get(gateway);
  const secret = stage.settings.secrets.get(gateway);
  if (!simulator || !secret) throw new Error(`there is no simulator or no secret for ${gateway}`);
  return { simulator, secret, baseUrl: stage.url, api: stage.ippopayApi, skewMs };
}
