import type { StoryStep, StoryEvent } from '../../src/simulator/gateway-simulator.js';
import { shuffle } from '../../src/simulator/tampering.js';
import { createStorySubject } from '../../src/simulator/player.js';
import { SIMULATORS } from '../../src/simulator/simulators.js';
import { supportsStory, STORY_NAMES, buildStory, type StoryName } from '../../src/simulator/stories.js';

/** One payment of a round: its events, and the order in which they are sent. */
export interface PaymentPlan {
  gateway: string;
  story: StoryName | 'wild';
  paymentId: string;
  /** In causal order, except in a wild story. */
  events: readonly StoryEvent[];
  /** In the order of sending, including intended duplicates. */
  sent: readonly StoryEvent[];
  /** The success is sent once the alert of the failure went out on every channel. */
  recoversAfterAlert: boolean;
  /** The number of alerts that the customer may have received in the end. */
  alerts: { least: number; most: number };
}

type Random = () => number;

const pick = <T>(random: Random, from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;

/**
 * Plans one payment, of an order of its own where `orderId` is left out. Pure except for `random`. `start` is the time of the
 * first event.
 */
export function planPayment(
  random: Random,
  gateway: string,
  suffix: string,
  start: Date,
  always?: StoryName,
  orderId?: string,
): PaymentPlan {
  const simulator = SIMULATORS.get(gateway);
  if (!simulator) throw new RangeError(`there is no simulator for ${gateway}`);
  const inSeconds = new Date(Math.floor(start.getTime() / 1000) * 1000);
  const own = createStorySubject(gateway, suffix, inSeconds);
  const subject = { ...own, orderId: orderId ?? own.orderId };
  const stories = STORY_NAMES.filter((name) => supportsStory(name, simulator.steps));
  const wild = gateway !== 'ippopay' && random() < 0.25;
  const story = always ?? (wild ? 'wild' : pick(random, stories));
  const events =
    story === 'wild'
      ? createWildStory(
          random,
          simulator.steps,
          buildStory(simulator, 'success', subject).at(-1) as StoryEvent,
          suffix,
          inSeconds,
        )
      : buildStory(simulator, story, subject);
  const recoversAfterAlert = always === 'failure-then-recovery';
  const sent = gateway === 'ippopay' || recoversAfterAlert ? events : toSendingOrder(random, events);
  return {
    gateway,
    story,
    paymentId: subject.paymentId,
    events,
    sent,
    recoversAfterAlert,
    alerts: recoversAfterAlert ? { least: 1, most: 1 } : expectedAlerts(story, gateway, sent),
  };
}

const STAGES: readonly StoryStep[] = [
  'created',
  'requires_action',
  'processing',
  'failed',
  'authorized',
  'canceled',
  'succeeded',
];

/** Stages in an order that no gateway would send, some in the same second. No two have the same kind and time. */
function createWildStory(
  random: Random,
  known: readonly StoryStep[],
  like: StoryEvent,
  suffix: string,
  start: Date,
): readonly StoryEvent[] {
  const stages = STAGES.filter((stage) => known.includes(stage));
  const steps = Array.from({ length: 2 + Math.floor(random() * 4) }, (_, nth) => ({
    ...like,
    kind: pick(random, stages),
    eventId: `evt_${suffix}_wild${nth}`,
    occurredAt: new Date(start.getTime() + Math.floor(random() * 4) * 1000),
    attempt: nth + 1,
    failureCode: 'insufficient_funds',
  }));
  const placeOf = ({ kind, occurredAt }: StoryEvent): string => `${kind} ${occurredAt.getTime()}`;
  return [...new Map(steps.map((step) => [placeOf(step), step])).values()];
}

/** In order, in reverse or shuffled; after each event there is a 30 % chance of a duplicate of an earlier one. */
function toSendingOrder(random: Random, events: readonly StoryEvent[]): readonly StoryEvent[] {
  const sent = pick(random, [events, [...events].reverse(), shuffle(events, random() * 2 ** 32)]);
  return sent.flatMap((one, at) => {
    const again = random() < 0.3 ? [pick(random, sent.slice(0, at + 1))] : [];
    return [one, ...again];
  });
}

function expectedAlerts(
  story: PaymentPlan['story'],
  gateway: string,
  sent: readonly StoryEvent[],
): PaymentPlan['alerts'] {
  const at = (kind: StoryStep): number => sent.findIndex((event) => event.kind === kind);
  if (at('failed') < 0) return { least: 0, most: 0 };
  if (story === 'failure') return { least: 1, most: 1 };
  // After a success there is no alert. Further failed attempts within the quiet time of the order alert only once.
  const arrivedFirst = gateway !== 'ippopay' && at('succeeded') >= 0 && at('succeeded') < at('failed');
  return { least: 0, most: arrivedFirst ? 0 : 1 };
}
