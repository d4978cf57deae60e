import { type StoryStep, type StoryEvent } from './gateway-simulator.js';

/** The payment of a story. `suffix` is part of every id in it, so it must be unique for each story that is played. */
export interface StorySubject {
  paymentId: string;
  orderId: string;
  /** Time of the first step. Each further step is one second later. */
  start: Date;
  suffix: string;
  /** Minor units; 10000 if left out. */
  amount?: string;
  /** USD if left out. */
  currency?: string;
  customer?: StoryEvent['customer'];
  /** The id of a customer who is otherwise made up, so that several payments are of one. */
  customerId?: string;
}

/** One step of a story. Shares are percent of the amount. */
interface Step {
  kind: StoryStep;
  attempt?: number;
  failureCode?: string;
  refund?: { nth: number; share: number; totalShare: number };
}

const PAID_STEPS: readonly Step[] = [{ kind: 'created' }, { kind: 'succeeded' }];

const refundSteps = (nth: number, share: number, totalShare: number): readonly Step[] => [
  { kind: 'refund_created', refund: { nth, share, totalShare } },
  { kind: 'refund_succeeded', refund: { nth, share, totalShare } },
];

const STORY_STEPS = {
  success: PAID_STEPS,
  failure: [{ kind: 'created' }, { kind: 'failed', failureCode: 'insufficient_funds' }],
  'failure-then-recovery': [
    { kind: 'created' },
    { kind: 'failed', failureCode: 'insufficient_funds' },
    { kind: 'succeeded', attempt: 2 },
  ],
  'authorize-capture': [{ kind: 'created' }, { kind: 'authorized' }, { kind: 'succeeded' }],
  'partial-refunds': [...PAID_STEPS, ...refundSteps(1, 25, 25), ...refundSteps(2, 15, 40)],
  'full-refund': [...PAID_STEPS, ...refundSteps(1, 100, 100)],
  'dispute-won': [...PAID_STEPS, { kind: 'dispute_opened' }, { kind: 'dispute_won' }],
  'dispute-lost': [...PAID_STEPS, { kind: 'dispute_opened' }, { kind: 'dispute_lost' }],
  canceled: [{ kind: 'created' }, { kind: 'canceled' }],
} as const satisfies Readonly<Record<string, readonly Step[]>>;

export type StoryName = keyof typeof STORY_STEPS;
export type Story = (subject: StorySubject) => readonly StoryEvent[];

export const STORY_NAMES = Object.keys(STORY_STEPS) as readonly StoryName[];
export const isStoryName = (name: string): name is StoryName => Object.hasOwn(STORY_STEPS, name);

/** The complete life cycles. Not every gateway has an event for each of their steps. */
export const STORIES = Object.fromEntries(
  Object.entries<readonly Step[]>(STORY_STEPS).map(([name, steps]) => [
    name,
    (subject: StorySubject) => toStoryEvents(steps, subject),
  ]),
) as Readonly<Record<StoryName, Story>>;

/** Steps without which a story ends in the same state. */
const OPTIONAL_STEPS: readonly StoryStep[] = ['created', 'refund_created'];

/** Whether a gateway with events for the steps in `known` can play a story. */
export function supportsStory(name: StoryName, known: readonly StoryStep[]): boolean {
  const steps: readonly Step[] = STORY_STEPS[name];
  return steps.every(({ kind }) => known.includes(kind) || OPTIONAL_STEPS.includes(kind));
}

/** The events of a story for one gateway. Throws a RangeError unless {@link supportsStory} is true. */
export function buildStory(
  { gateway, steps }: { gateway: string; steps: readonly StoryStep[] },
  name: StoryName,
  subject: StorySubject,
): readonly StoryEvent[] {
  if (!supportsStory(name, steps)) throw new RangeError(`${gateway} has no events for the story ${name}`);
  return STORIES[name](subject).filter(({ kind }) => steps.includes(kind));
}

function toStoryEvents(steps: readonly Step[], subject: StorySubject): readonly StoryEvent[] {
  const { paymentId, orderId, start, suffix, amount = '10000', currency = 'USD' } = subject;
  const customer = subject.customer ?? {
    ...(subject.customerId !== undefined && { id: subject.customerId }),
    email: `payer-${suffix}@example.com`,
    name: 'Asha Rao',
    phone: null,
  };
  const timeOf = (index: number): Date => new Date(start.getTime() + index * 1000);
  return steps.map(({ kind, attempt = 1, failureCode, refund }, index) => ({
    kind,
    paymentId,
    orderId,
    eventId: `evt_${suffix}_${index + 1}`,
    occurredAt: timeOf(index),
    amount,
    currency,
    customer,
    attempt,
    ...(failureCode && { failureCode }),
    ...(refund && {
      refundId: `rfnd_${suffix}_${refund.nth}`,
      refundCreatedAt: timeOf(steps.findIndex((step) => step.refund?.nth === refund.nth)),
      refundAmount: percentOf(amount, refund.share),
      refundedTotal: percentOf(amount, refund.totalShare),
    }),
    ...(kind.startsWith('dispute_') && { disputeId: `disp_${suffix}` }),
  }));
}

const percentOf = (amount: string, hundredths: number): string =>
  ((BigInt(amount) * BigInt(hundredths)) / 100n).toString();
