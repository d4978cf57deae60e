import type { PaymentPlan } from './payment-plan.js';

/** An order that is registered in a round, and its payments. */
export interface OrderPlan {
  orderId: string;
  /** The merchant that the gateway's messages name. */
  merchant: string | undefined;
  terms: OrderTerms;
  /** When it is registered: before, between or after the messages of its first payment. */
  when: 'before' | 'between' | 'after';
  /** Canceled right after it was registered, before its payment. */
  canceled: boolean;
  payments: readonly PaymentPlan[];
}

/** The body of `PUT /orders/:orderId`. */
export interface OrderTerms {
  amount: string;
  currency: string;
  gateway?: string;
  expiresAt?: string;
  /** Whose account the payments belong to. Several orders are of one customer. */
  customer: { id: string };
}

/** The path of the order, or of an act on it. */
export const orderPath = ({ orderId, merchant }: OrderPlan, act = ''): string =>
  `/orders/${orderId}${act}${merchant === undefined ? '' : `?merchant=${merchant}`}`;

type Random = () => number;

const pick = <T>(random: Random, from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;

/** As the simulators tell it; a gateway that is left out names none. */
const MERCHANTS: Readonly<Record<string, string>> = { razorpay: 'acc_BFQ7uQEaa7j2z7' };
/** What of the amount of a payment is due, in percent. Most orders are due what is paid. */
const SHARES_DUE = [100, 100, 100, 50, 150];
const REGISTERED_SHARE = 0.8;
const CUSTOMERS_PER_GATEWAY = 2;
/** Some expire before they are registered, others while the round plays. */
const EXPIRE_IN_MS = [-60_000, 1_500];

/** Plans orders for most of the payments. Payments of one order are one order's. Pure except for `random`. */
export function planOrders(random: Random, plans: readonly PaymentPlan[], now: Date): readonly OrderPlan[] {
  const byOrder = new Map<string, PaymentPlan[]>();
  for (const plan of plans) {
    const { orderId = '' } = plan.events[0] ?? {};
    byOrder.set(orderId, [...(byOrder.get(orderId) ?? []), plan]);
  }
  return [...byOrder]
    .filter(([, payments]) => payments.length > 1 || random() < REGISTERED_SHARE)
    .map(([orderId, payments]) => {
      const nth = Math.floor(random() * CUSTOMERS_PER_GATEWAY);
      const customer = { id: `cus_${plans[0]?.paymentId}_${payments[0]?.gateway}_${nth}` };
      return planOrder(random, { orderId, customer, payments }, now);
    });
}

function planOrder(
  random: Random,
  {
    orderId,
    customer,
    payments,
  }: { orderId: string; customer: { id: string }; payments: readonly PaymentPlan[] },
  now: Date,
): OrderPlan {
  const { amount = '', currency = '' } = payments[0]?.events[0] ?? {};
  const isAlone = payments.length === 1;
  const when = pick(random, ['before', 'between', 'after'] as const);
  const due = (BigInt(amount) * BigInt(pick(random, SHARES_DUE))) / 100n;
  const expiresAt = new Date(now.getTime() + pick(random, EXPIRE_IN_MS)).toISOString();
  return {
    orderId,
    merchant: MERCHANTS[payments[0]?.gateway ?? ''],
    terms: {
      amount: due.toString(),
      currency,
      customer,
      ...(random() < 0.4 && { expiresAt }),
      ...(isAlone &&
        random() < 0.1 && { gateway: payments[0]?.gateway === 'stripe' ? 'razorpay' : 'stripe' }),
    },
    when,
    canceled: isAlone && when === 'before' && random() < 0.3,
    payments,
  };
}
