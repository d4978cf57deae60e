import type { StoryStep, StoryEvent } from '../../src/simulator/gateway-simulator.js';
import { shuffle } from '../../src/simulator/misbehaviour.js';
import { createStorySubject } from '../../src/simulator/player.js';
import { SIMULATORS } from '../../src/simulator/simulators.js';
import { supportsStory, STORY_NAMES, buildStory, type StoryName } from '../../src/simulator/stories.js';

/** One payment of a round: what happens to it, and in which order its gateway says so. */
export interface PaymentPlan {
  gateway: string;
  story: StoryName | 'wild';
  paymentId: string;
  /** In causal order, except for what is wild. */
  events: readonly StoryEvent[];
  /** As it is sent, what is sent twice on purpose included. */
  sent: readonly StoryEvent[];
  /** How many alerts the customer may have got in the end. */
  alerts: { least: number; most: number };
}

type Random = () => number;

const pick = <T>(random: Random, from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;

/** Pure but for what `random` does; `start` is when the first step happened. */
export function planPayment(
  random: Random,
  gateway: string,
  suffix: string,
  start: Date,
  always?: StoryName,
): PaymentPlan {
  const simulator = SIMULATORS.get(gateway);
  if (!simulator) throw new RangeError(`nobody plays ${gateway}`);
  const inSeconds = new Date(Math.floor(start.getTime() / 1000) * 1000);
  const subject = createStorySubject(gateway, suffix, inSeconds);
  const stories = STORY_NAMES.filter((name) => supportsStory(name, simulator.steps));
  const wild = gateway !== 'ippopay' && random() < 0.25;
  const story = always ?? (wild ? 'wild' : pick(random, stories));
  const told =
    story === 'wild'
      ? createWildStory(
          random,
          simulator.steps,
          buildStory(simulator, 'success', subject).at(-1) as StoryEvent,
          suffix,
          inSeconds,
        )
      : buildStory(simulator, story, subject);
  const sent = gateway === 'ippopay' ? told : toSendingOrder(random, told);
  return {
    gateway,
    story,
    paymentId: subject.paymentId,
    events: told,
    sent,
    alerts: expectedAlerts(story, gateway, sent),
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

/** Stages in an order that no gateway would tell, some of them in the same second; no two alike, or they were one. */
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

/** In order, in reverse or shuffled; about every third is sent again at some time. */
function toSendingOrder(random: Random, told: readonly StoryEvent[]): readonly StoryEvent[] {
  const sent = pick(random, [told, [...told].reverse(), shuffle(told, random() * 2 ** 32)]);
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
  const at = (kind: StoryStep): number => sent.findIndex((told) => told.kind === kind);
  if (at('failed') < 0) return { least: 0, most: 0 };
  if (story === 'failure') return { least: 1, most: 1 };
  // Once a success has arrived nobody is alerted; further attempts of an order are told within its quiet time only once.
  const arrivedFirst = gateway !== 'ippopay' && at('succeeded') >= 0 && at('succeeded') < at('failed');
  return { least: 0, most: arrivedFirst ? 0 : 1 };
}
