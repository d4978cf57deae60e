import { deriveExpectedPayment } from './expected-payment.js';
import type { OrderPlan } from './order-plan.js';
import type { PaymentPlan } from './payment-plan.js';

/** How often an event may have been published. What was true in between only is told if it was seen. */
interface Times {
  least: number;
  most: number;
}

/** A second model of an order, written only from the contract. It shares no line with `src/orders`. */
export interface ExpectedOrder {
  status: string;
  flags: readonly string[];
  amountPaid: string;
  amountRefunded: string;
  events: Readonly<Record<string, Times>>;
}

interface Money {
  captured: bigint;
  refunded: bigint;
  isHeld: boolean;
  isUnderWay: boolean;
  dispute: 'none' | 'won' | 'open or lost';
  refunds: number;
}

/** Derives an order from all events of its payments, in any order, once `expiresAt` has passed. */
export function deriveExpectedOrder(plan: OrderPlan): ExpectedOrder {
  const { terms, payments } = plan;
  const isOther = terms.gateway !== undefined && payments.some(({ gateway }) => gateway !== terms.gateway);
  const counting = isOther ? [] : payments;
  const money = counting.map(moneyOf);
  const sum = (of: 'captured' | 'refunded'): bigint => money.reduce((all, one) => all + one[of], 0n);
  const [captured, refunded] = [sum('captured'), sum('refunded')];
  const [status, flag] = statusOf(plan, money, captured, refunded);
  const flags = [...(flag ? [flag] : []), ...(isOther ? ['gateway'] : [])];
  return {
    status,
    flags,
    amountPaid: captured.toString(),
    amountRefunded: refunded.toString(),
    events: timesOf(plan, counting, money, status, flags),
  };
}

function moneyOf({ events }: PaymentPlan): Money {
  const { state, amount, amountRefunded } = deriveExpectedPayment(events);
  const captured = state === 'succeeded' ? BigInt(amount) : 0n;
  const refunded = BigInt(amountRefunded);
  const dispute = inTime(events).findLast(({ kind }) => kind.startsWith('dispute_'))?.kind;
  return {
    captured,
    refunded,
    isHeld: captured > refunded,
    isUnderWay: state === 'processing' || state === 'authorized',
    dispute: dispute === undefined ? 'none' : dispute === 'dispute_won' ? 'won' : 'open or lost',
    refunds: new Set(events.flatMap(({ refundId }) => refundId ?? [])).size,
  };
}

const inTime = (events: PaymentPlan['events']): PaymentPlan['events'] =>
  events.toSorted((one, other) => one.occurredAt.getTime() - other.occurredAt.getTime());

/** The status, and the flag that is its reason. */
function statusOf(
  { terms, canceled }: OrderPlan,
  money: readonly Money[],
  captured: bigint,
  refunded: bigint,
): [status: string, flag?: string] {
  const due = BigInt(terms.amount);
  const net = captured - refunded;
  if (money.some(({ dispute }) => dispute === 'open or lost')) return ['disputed'];
  if (canceled) return net > 0n ? ['flagged', 'paid_after_cancel'] : ['canceled'];
  if (net > due) return ['flagged', countHeld(money) > 1 ? 'paid_twice' : 'amount_over'];
  if (captured === 0n) {
    const isLate = terms.expiresAt !== undefined && !money.some(({ isUnderWay }) => isUnderWay);
    return [isLate ? 'overdue' : 'open'];
  }
  if (net === 0n) return ['refunded'];
  if (captured < due) return ['partially_paid'];
  return [net < due ? 'partially_refunded' : 'paid'];
}

const countHeld = (money: readonly Money[]): number => money.filter(({ isHeld }) => isHeld).length;

function timesOf(
  { terms, canceled, payments }: OrderPlan,
  counting: readonly PaymentPlan[],
  money: readonly Money[],
  status: string,
  flags: readonly string[],
): ExpectedOrder['events'] {
  const isAlone = payments.length === 1;
  const won = money.filter(({ dispute }) => dispute === 'won').length;
  const moments = canceled ? 0 : countPaid(BigInt(terms.amount), counting);
  const refunds = money.reduce((all, one) => all + one.refunds, 0);
  const times = (least: number, most: number): Times => ({ least, most });
  const exactly = (count: number): Times => times(count, count);
  return {
    // A payment that is told later may end what a won dispute made paid.
    'order.paid': times(
      moments + (status === 'paid' ? won : 0),
      moments + (status === 'paid' || !isAlone ? won : 0),
    ),
    'order.flagged': times(countFlagged(flags, money), mostFlagged(terms.amount, canceled, flags, money)),
    'order.overdue': times(status === 'overdue' ? 1 : 0, terms.expiresAt ? 1 : 0),
    // Of running totals, each total that was seen is one.
    'order.refunded': times(refunds > 0 ? 1 : 0, 2 * refunds),
    'order.canceled': exactly(canceled ? 1 : 0),
    'order.disputed': exactly(money.filter(({ dispute }) => dispute !== 'none').length),
  };
}

/** Of several payments that paid an order, the first one did so rightly. */
const countFlagged = (flags: readonly string[], money: readonly Money[]): number =>
  flags.length === 0 ? 0 : flags.includes('paid_twice') ? countHeld(money) - 1 : 1;

/** Each payment may have been too much by itself, and be the second one, as long as the rest was not told. */
function mostFlagged(
  amount: string,
  canceled: boolean,
  flags: readonly string[],
  money: readonly Money[],
): number {
  if (flags.includes('gateway')) return 1;
  const came = money.reduce((all, { captured }) => all + captured, 0n);
  const tooMuch = canceled ? came > 0n : came > BigInt(amount);
  return tooMuch ? (money.length > 1 ? 2 * money.length : 1) : 0;
}

/** How often the money becomes exactly what is due, by the times that the gateways tell. */
function countPaid(due: bigint, payments: readonly PaymentPlan[]): number {
  const moves = payments.flatMap(({ events }) => {
    const came = inTime(events).find(({ kind }) => kind === 'succeeded');
    if (came === undefined) return [];
    const back = events.filter(({ kind }) => kind === 'refund_succeeded');
    return [
      { at: came.occurredAt.getTime(), by: BigInt(came.amount) },
      ...back.map((one) => ({
        at: Math.max((one.refundCreatedAt ?? one.occurredAt).getTime(), came.occurredAt.getTime() + 1),
        by: -BigInt(one.refundAmount ?? one.amount),
      })),
    ];
  });
  let net = 0n;
  let count = 0;
  for (const { by } of moves.toSorted((one, other) => one.at - other.at)) {
    if (net + by === due) count++;
    net += by;
  }
  return count;
}
