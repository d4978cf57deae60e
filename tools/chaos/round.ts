import { setTimeout as sleep } from 'node:timers/promises';
import { createSeededRandom } from '../../src/simulator/tampering.js';
import type { Player } from '../../src/simulator/player.js';
import { SIMULATORS } from '../../src/simulator/simulators.js';
import type { Fault } from './fault.js';
import { sendUntilAcknowledged, type Acknowledged, type SendingCounts } from './sender-until-acknowledged.js';
import { judgeRound, type Judgement } from './oracle.js';
import { planPayment, type PaymentPlan } from './payment-plan.js';
import type { ChaosStage } from './stage.js';

export interface Round {
  seed: number;
  group: Fault['group'];
  fault: string;
  /** False: the moment that the fault waits for never came. */
  hit: boolean;
  payments: number;
  acknowledged: number;
  attempts: number;
  refusals: Record<number, number>;
  ms: number;
  judgement: Judgement;
}

const PAYMENTS_PER_ROUND = 14;
/** The stories of the first payments: every round has at least two alerts. */
const FIXED_STORIES = ['failure', 'failure'] as const;
const STORY_AGE_MS = 120_000;

/** Plays traffic of all gateways with one fault in the middle, and judges the result. */
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
  // Gateways' clocks are wrong by up to 200 s, except where the fault is the service's own clock.
  const skewMs = stage.skew ? 0 : (random() - 0.5) * 400_000;
  const counts: SendingCounts = { attempts: 0, refusals: {} };
  const acknowledged: Acknowledged[] = [];
  const send = plans.map((plan) =>
    sendPayment(
      stage,
      plan,
      { skewMs, random: createSeededRandom(random() * 2 ** 32) },
      counts,
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
    ...counts,
    ms: Math.round(performance.now() - began),
    judgement,
  };
}

/** Sends the messages of one payment in sequence with pauses; some are sent twice at the same time. */
async function sendPayment(
  stage: ChaosStage,
  { gateway, sent }: PaymentPlan,
  { skewMs, random }: { skewMs: number; random: () => number },
  counts: SendingCounts,
  acknowledged: Acknowledged[],
): Promise<void> {
  const player = createPlayer(stage, gateway, skewMs);
  for (const event of sent) {
    await sleep(random() * 250);
    const copies = random() < 0.15 ? 2 : 1;
    const answers = Array.from({ length: copies }, () => sendUntilAcknowledged(player, event, counts));
    acknowledged.push(...(await Promise.all(answers)));
  }
}

function createPlayer(stage: ChaosStage, gateway: string, skewMs: number): Player {
  const simulator = SIMULATORS.get(gateway);
  const secret = stage.settings.secrets.get(gateway);
  if (!simulator || !secret) throw new Error(`there is no simulator or no secret for ${gateway}`);
  return { simulator, secret, baseUrl: stage.url, api: stage.ippopayApi, skewMs };
}
