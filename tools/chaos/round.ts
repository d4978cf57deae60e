import { setTimeout as sleep } from 'node:timers/promises';
import { createSeededRandom } from '../../src/simulator/misbehaviour.js';
import type { Player } from '../../src/simulator/player.js';
import { SIMULATORS } from '../../src/simulator/simulators.js';
import type { Fault } from './fault.js';
import { sendUntilAcknowledged, type Acknowledged, type SendingCounts } from './insistent-sender.js';
import { judgeRound, type Judgement } from './oracle.js';
import { planPayment, type PaymentPlan } from './payment-plan.js';
import type { ChaosStage } from './stage.js';

export interface Round {
  seed: number;
  group: Fault['group'];
  fault: string;
  /** False: the moment the fault waits for never came. */
  hit: boolean;
  payments: number;
  acknowledged: number;
  attempts: number;
  refusals: Record<number, number>;
  ms: number;
  judgement: Judgement;
}

const PAYMENTS_PER_ROUND = 14;
/** So that in every round somebody is alerted. */
const FIXED_STORIES = ['failure', 'failure'] as const;
const STORY_AGE_MS = 120_000;

/** Traffic of all gateways, one fault in the middle of it, and whether everything came out right. */
export async function playRound(stage: ChaosStage, fault: Fault, seed: number): Promise<Round> {
  const began = performance.now();
  const random = createSeededRandom(seed);
  await fault.prepare?.(stage, random);
  await stage.startService();
  const gateways = [...SIMULATORS.keys()];
  const start = new Date(Date.now() - STORY_AGE_MS);
  const suffix = `${seed.toString(36)}r${Math.floor(began).toString(36)}`;
  const plans = Array.from({ length: PAYMENTS_PER_ROUND }, (_, nth) =>
    planPayment(
      random,
      gateways[nth % gateways.length] as string,
      `${suffix}p${nth}`,
      start,
      FIXED_STORIES[nth],
    ),
  );
  // The clock of each gateway is a little wrong, where the service's own is right.
  const skewMs = stage.skew ? 0 : (random() - 0.5) * 400_000;
  const insistence: SendingCounts = { attempts: 0, refusals: {} };
  const acknowledged: Acknowledged[] = [];
  const send = plans.map((plan) =>
    sendPayment(
      stage,
      plan,
      { skewMs, random: createSeededRandom(random() * 2 ** 32) },
      insistence,
      acknowledged,
    ),
  );
  const [hit] = await Promise.all([fault.strike(stage, random), ...send]);
  await stage.waitUntilQuiet();
  const judgement = await judgeRound(stage, plans, acknowledged);
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
    acknowledged: acknowledged.length,
    ...insistence,
    ms: Math.round(performance.now() - began),
    judgement,
  };
}

/** One message after the other, with pauses, some of them twice at the same moment. */
async function sendPayment(
  stage: ChaosStage,
  { gateway, sent }: PaymentPlan,
  { skewMs, random }: { skewMs: number; random: () => number },
  insistence: SendingCounts,
  acknowledged: Acknowledged[],
): Promise<void> {
  const player = createPlayer(stage, gateway, skewMs);
  for (const told of sent) {
    await sleep(random() * 250);
    const copies = random() < 0.15 ? 2 : 1;
    const answers = Array.from({ length: copies }, () => sendUntilAcknowledged(player, told, insistence));
    acknowledged.push(...(await Promise.all(answers)));
  }
}

function createPlayer(stage: ChaosStage, gateway: string, skewMs: number): Player {
  const simulator = SIMULATORS.get(gateway);
  const secret = stage.settings.secrets.get(gateway);
  if (!simulator || !secret) throw new Error(`nobody plays ${gateway}`);
  return { simulator, secret, baseUrl: stage.url, ippopayApi: stage.ippopayApi, skewMs };
}
