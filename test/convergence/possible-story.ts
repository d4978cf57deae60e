import fc from 'fast-check';
import type { StoryEvent, StoryStep } from '../../src/simulator/gateway-simulator.js';
import { REPORT_KINDS } from '../../src/payments/report/payment-report.js';

/*
 * Stories that a gateway can live through: a payment is not captured after it was canceled, and no refund is made before a
 * capture. `randomStory` has stories that no gateway can have.
 */

interface Life {
  stage: StoryStep | null;
  attempt: number;
  captured: number;
  refunds: Map<string, { amount: number; createdAt: Date; status: StoryStep }>;
  disputes: Map<string, StoryStep>;
}

const AMOUNT = 10_000;
/** A whole second, as gateways count. */
const START = Math.floor(Date.now() / 1000) * 1000 - 3_600_000;

/** The steps of the payment itself that may follow a stage. */
const NEXT: Readonly<Record<string, Readonly<Partial<Record<StoryStep | 'begin', readonly StoryStep[]>>>>> = {
  stripe: {
    begin: ['created'],
    created: ['requires_action', 'processing', 'failed', 'authorized', 'canceled', 'succeeded'],
    requires_action: ['processing', 'failed', 'authorized', 'canceled', 'succeeded'],
    processing: ['failed', 'succeeded'],
    failed: ['requires_action', 'processing', 'failed', 'authorized', 'canceled', 'succeeded'],
    authorized: ['canceled', 'succeeded'],
  },
  razorpay: {
    begin: ['failed', 'authorized', 'succeeded'],
    failed: ['authorized', 'succeeded'],
    authorized: ['succeeded'],
  },
};

/** Each choice picks one of the steps that can follow, and how many seconds pass before it. */
export const choices: fc.Arbitrary<readonly (readonly [number, number])[]> = fc.array(
  fc.tuple(fc.nat({ max: 1000 }), fc.integer({ min: 0, max: 3 })),
  { minLength: 1, maxLength: 12 },
);

interface Option {
  readonly kind: StoryStep;
  readonly id?: string;
}

export function possibleStory(
  gateway: string,
  made: readonly (readonly [number, number])[],
  paymentId: string,
): StoryEvent[] {
  const life: Life = { stage: null, attempt: 1, captured: 0, refunds: new Map(), disputes: new Map() };
  const events: StoryEvent[] = [];
  let at = START;
  for (const [choice, seconds] of made) {
    const options = optionsOf(gateway, life);
    const option = options[choice % Math.max(options.length, 1)];
    if (!option) break;
    // In one second the kinds decide which came first, so only what comes later by its kind may share it.
    const before = events.at(-1)?.kind;
    const mayShare = before !== undefined && rankOf(option.kind) > rankOf(before);
    // The charge of a debit is a second older than its event, and still made after the attempt before.
    const least = option.kind === 'processing' ? 2 : 1;
    at += (mayShare ? seconds : Math.max(least, seconds)) * 1000;
    events.push(live(gateway, life, option, { choice, at: new Date(at), paymentId, nth: events.length }));
  }
  return events;
}

const rankOf = (kind: StoryStep): number => REPORT_KINDS.indexOf(kind);

function optionsOf(gateway: string, life: Life): Option[] {
  const stages = (NEXT[gateway]?.[life.stage ?? 'begin'] ?? []).map((kind) => ({ kind }));
  if (life.stage !== 'succeeded') return stages;
  const left = life.captured - standing(life);
  const refunds = [...life.refunds].flatMap(([id, { status }]): Option[] => {
    if (status === 'refund_created')
      return [
        { kind: 'refund_succeeded', id },
        { kind: 'refund_failed', id },
      ];
    return status === 'refund_succeeded' ? [{ kind: 'refund_failed', id }] : [];
  });
  const disputes = [...life.disputes].flatMap(([id, status]): Option[] =>
    status === 'dispute_opened'
      ? [
          { kind: 'dispute_won', id },
          { kind: 'dispute_lost', id },
        ]
      : [],
  );
  return [
    ...(left > 0 ? [{ kind: 'refund_created' as const, id: `re_${life.refunds.size + 1}` }] : []),
    ...refunds,
    ...(life.disputes.size < 2
      ? [{ kind: 'dispute_opened' as const, id: `dp_${life.disputes.size + 1}` }]
      : []),
    ...disputes,
  ];
}

const standing = ({ refunds }: Life): number =>
  [...refunds.values()].reduce(
    (sum, { amount, status }) => sum + (status === 'refund_failed' ? 0 : amount),
    0,
  );

function live(
  gateway: string,
  life: Life,
  { kind, id }: Option,
  { choice, at, paymentId, nth }: { choice: number; at: Date; paymentId: string; nth: number },
): StoryEvent {
  if (kind.startsWith('refund_') && id) {
    const known = life.refunds.get(id);
    const left = life.captured - standing(life);
    const amount = known?.amount ?? Math.max(1, Math.floor(left / (1 + (choice % 3))));
    life.refunds.set(id, { amount, createdAt: known?.createdAt ?? at, status: kind });
  } else if (kind.startsWith('dispute_') && id) life.disputes.set(id, kind);
  else {
    if (life.stage === 'failed' && gateway === 'stripe' && kind !== 'canceled') life.attempt++;
    life.stage = kind;
    const isPart = gateway === 'stripe' && choice % 5 === 0;
    if (kind === 'succeeded') life.captured = isPart ? 4_000 : AMOUNT;
  }
  const refund = id === undefined ? undefined : life.refunds.get(id);
  return {
    kind,
    paymentId,
    orderId: `ord_${paymentId}`,
    eventId: `evt_${String(nth).padStart(3, '0')}`,
    occurredAt: at,
    amount: String(AMOUNT),
    currency: gateway === 'razorpay' ? 'INR' : 'USD',
    customer: { email: 'a@example.com', name: 'Asha', phone: null },
    attempt: life.attempt,
    failureCode: choice % 2 ? 'expired_card' : 'insufficient_funds',
    ...(life.captured > 0 && { capturedAmount: String(life.captured) }),
    ...(refund &&
      id !== undefined && {
        refundId: id,
        refundAmount: String(refund.amount),
        refundCreatedAt: refund.createdAt,
        refundedTotal: String(standing(life)),
      }),
    ...(kind.startsWith('dispute_') && id !== undefined && { disputeId: id }),
  };
}
