import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { DueMessage } from '../notification-set.store.js';
import type { OrderState } from '../order-messages.store.js';
import { findSuppressedReason, type MessageLimits } from '../kinds/message-rules.js';
import { canonicalAddress } from '../scheduling/address-limit.js';
import { alertScopeOf, isInScope, type PaymentOrderIds } from '../scheduling/order-key.js';
import { decideInOrder, type SetKnowledge } from './decide-in-order.js';

const NOW = Date.UTC(2026, 10, 26, 20);
const LIMITS: MessageLimits = {
  maxAgeHours: 72,
  quietSeconds: 900,
  alertsPerAddress: 1_000,
  production: true,
};

/** A failed payment of one of a few orders. An order is known by one id, by the other, or by both. */
interface World {
  payments: readonly (PaymentOrderIds & { state: 'failed' | 'succeeded'; email: string | null })[];
  /** The payment of each message, in the order of their ids. */
  messages: readonly number[];
  /** How many messages each set takes, and from which place on. */
  sets: readonly { from: number; size: number }[];
}

const order = fc.constantFrom<[string | null, string | null]>(
  ['ord_1', null],
  ['ord_1', 'gw_1'],
  [null, 'gw_1'],
  ['ord_2', 'gw_2'],
  [null, null],
);
const worlds: fc.Arbitrary<World> = fc
  .record({
    payments: fc.array(
      fc.record({
        order,
        state: fc.constantFrom('failed', 'failed', 'failed', 'failed', 'succeeded'),
        email: fc.constantFrom('a@example.com', 'A@Example.COM', 'b@example.com', 'b@example.com', null),
        merchant: fc.constantFrom(null, null, null, 'acc_1'),
        mode: fc.constantFrom('live', 'live', 'live', 'test'),
      }),
      { minLength: 1, maxLength: 6 },
    ),
    messages: fc.array(fc.nat(), { minLength: 1, maxLength: 12 }),
    sets: fc.array(fc.record({ from: fc.nat(12), size: fc.integer({ min: 1, max: 12 }) }), { maxLength: 20 }),
  })
  .map(({ payments, messages, sets }) => ({
    payments: payments.map(({ order: [orderId, gatewayOrderId], ...payment }, at) => ({
      ...(payment as { state: 'failed'; email: string; merchant: string | null; mode: 'live' }),
      ...{ paymentId: `p${at}`, gateway: 'standard', account: 'default', orderId, gatewayOrderId },
    })),
    messages: messages.map((nth) => nth % payments.length),
    sets,
  }));

interface Stored extends DueMessage {
  outcome: string | null;
  sentAt: number | null;
  email: string | null;
}

const idOf = (nth: number): string => `m${String(nth).padStart(3, '0')}`;

function storedMessages({ payments, messages }: World): Stored[] {
  return messages.map((nth, at) => {
    const payment = payments[nth]!;
    const { keys: _, ...stored } = alertScopeOf(payment);
    return {
      ...{
        id: idOf(at),
        kind: 'payment_failed',
        attemptKey: idOf(at),
        channel: 'email',
        paymentId: payment.paymentId,
        occurredAt: new Date(NOW - 1_000),
      },
      ...{ attempts: 0, isTooOld: false, stored, order: payment, outcome: null, sentAt: null },
      ...{ channel: 'email', email: payment.email },
    };
  });
}

/** What the database says of a payment and its order, while `deciding` are being decided. */
function stateOf(
  world: World,
  stored: readonly Stored[],
  paymentId: string,
  deciding: readonly string[],
): OrderState {
  const payment = world.payments.find((one) => one.paymentId === paymentId)!;
  const scope = alertScopeOf(payment);
  const ofOrder = stored.filter((message) => isInScope(message.stored, scope));
  const others = world.payments.filter((other) => {
    const { keys: _, ...known } = alertScopeOf(other);
    const shares =
      (payment.orderId !== null && other.orderId === payment.orderId) ||
      (payment.gatewayOrderId !== null && other.gatewayOrderId === payment.gatewayOrderId);
    return other !== payment && shares && known.merchant === scope.merchant && known.mode === scope.mode;
  });
  const waiting = ofOrder.filter(({ id, outcome }) => outcome === null && !deciding.includes(id));
  return {
    ...payment,
    ...{ merchant: payment.merchant ?? null, gatewayOrderId: payment.gatewayOrderId ?? null },
    ...{ gatewayPaymentId: paymentId, amount: '100', currency: 'USD', failureCode: null },
    ...{ amountCaptured: null, amountRefunded: '0', refunds: [], nextAttempt: null },
    ...{ customerEmail: payment.email, customerPhone: null, customerName: null, customerLocale: null },
    paidElsewhere: others.some(({ state }) => state === 'succeeded'),
    isErased: false,
    lastAlertAt: ofOrder.some(({ sentAt }) => sentAt !== null) ? new Date(NOW) : null,
    isSending: false,
    earliestWaiting: waiting[0]?.id ?? null,
  };
}

const sentTo = (stored: readonly Stored[], address: string): number =>
  stored.filter(({ sentAt, email }) => sentAt !== null && email?.toLowerCase() === address).length;

const knowledgeOf = (
  states: ReadonlyMap<string, OrderState>,
  { room, alertsPerAddress }: Room,
  stored: readonly Stored[],
): SetKnowledge => ({
  states,
  limits: { ...LIMITS, alertsPerAddress },
  alertsTo: (address) => ({ sent: sentTo(stored, address), underWay: 0 }),
  now: NOW,
  isChosen: () => true,
  sentRefundNotes: new Map(),
  reminders: new Map(),
  addressOf: ({ customerEmail }) => customerEmail,
  recipientOf: ({ customerEmail }) => customerEmail,
  freeze: () => FACTS,
  roomFor: () => room,
  takesTime: true,
});
const FACTS = {
  ...{ orderId: null, amount: null, currency: null, exponent: null, customerName: null, retryUrl: null },
  ...{ locale: 'en', reason: 'declined' as const },
};

/** How many messages go to an address at a time, and how many alerts in an hour. */
interface Room {
  room: number;
  alertsPerAddress: number;
}

/** Decides one set of what is pending, and ends what goes out. */
function decideSet(world: World, stored: readonly Stored[], messages: readonly Stored[], room: Room): void {
  const ids = messages.map(({ id }) => id);
  const states = new Map(
    messages.map(({ paymentId }) => [paymentId, stateOf(world, stored, paymentId, ids)] as const),
  );
  for (const [id, decision] of decideInOrder(messages, knowledgeOf(states, room, stored))) {
    const message = stored.find((one) => one.id === id)!;
    if (decision.kind === 'send') Object.assign(message, { outcome: 'sent', sentAt: NOW });
    if (decision.kind === 'suppress') message.outcome = decision.reason;
  }
}

/** One after the other, by the rules alone. */
function decideOneByOne(world: World): string[] {
  const stored = storedMessages(world);
  for (const message of stored) {
    const state = stateOf(world, stored, message.paymentId, [message.id]);
    const reason = findSuppressedReason(
      'payment_failed',
      {
        isChosen: true,
        state: state.state,
        orderPaidElsewhere: state.paidElsewhere,
        isWhollyRefunded: false,
        refund: 'unknown',
        reminder: null,
        occurredAt: NOW - 1_000,
        lastAlertAt: state.lastAlertAt?.getTime() ?? null,
        testMode: state.mode === 'test',
        contact: state.customerEmail,
        alertsToContact: 0,
      },
      LIMITS,
      NOW,
    );
    Object.assign(message, reason === null ? { outcome: 'sent', sentAt: NOW } : { outcome: reason });
  }
  return stored.map(({ outcome }) => outcome ?? 'pending');
}

/** Decides everything, in the sets of the world and then in sets of all that is left. */
function decideAll(world: World, room: Room): Stored[] {
  const stored = storedMessages(world);
  const pending = (): Stored[] => stored.filter(({ outcome }) => outcome === null);
  for (const { from, size } of world.sets) decideSet(world, stored, pending().slice(from, from + size), room);
  while (pending().length > 0) decideSet(world, stored, pending(), room);
  return stored;
}

const room = fc.integer({ min: 1, max: 2 });

describe('messages that are decided in sets', () => {
  it('end as they do one by one, however they are divided, and whoever shares an address or an order', () => {
    fc.assert(
      fc.property(worlds, room, (world, atATime) => {
        const stored = decideAll(world, { room: atATime, alertsPerAddress: world.messages.length });
        expect(stored.map(({ outcome }) => outcome)).toEqual(decideOneByOne(world));
      }),
      { numRuns: 1_000 },
    );
  });

  it('go to one address as often as the limit allows, and are suppressed only when it is used up', () => {
    fc.assert(
      fc.property(worlds, room, fc.integer({ min: 0, max: 3 }), (world, atATime, alertsPerAddress) => {
        const stored = decideAll(world, { room: atATime, alertsPerAddress });
        for (const address of ['a@example.com', 'b@example.com'])
          expect(sentTo(stored, address)).toBeLessThanOrEqual(alertsPerAddress);
        for (const { email } of stored.filter(({ outcome }) => outcome === 'too_many'))
          expect(sentTo(stored, canonicalAddress(email!))).toBe(alertsPerAddress);
      }),
      { numRuns: 300 },
    );
  });
});
