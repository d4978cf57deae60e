import type { EntityManager } from 'typeorm';
import {
  type CustomerOfPayment,
  findCustomersOfPayments,
  findPaymentFactsOfOrders,
  type PaymentFacts,
  type PaymentOrder,
} from '../../feature.js';

/** Of each order so many payments are looked at, the oldest ones. */
const MAX_PAYMENTS = 20;

interface Order {
  readonly mode: PaymentOrder['mode'];
  readonly merchant: string | null;
  readonly orderId: string | null;
}

/** The customer of the payment of each order that succeeded last; null where none did. Makes no statement for no order. */
export async function findPayers(
  manager: EntityManager,
  orders: readonly (Order | null)[],
): Promise<(CustomerOfPayment | null)[]> {
  const wanted = orders.flatMap((one) =>
    one === null || one.orderId === null ? [] : { ...one, orderId: one.orderId },
  );
  if (wanted.length === 0) return orders.map(() => null);
  const distinct = [...new Map(wanted.map((one) => [keyOf(one), one])).values()];
  const last = lastSuccesses(await findPaymentFactsOfOrders(manager, distinct, MAX_PAYMENTS));
  const customers = await findCustomersOfPayments(manager, [...last.values()]);
  const known = new Map(customers.map((one) => [one.paymentId, one]));
  return orders.map((one) => known.get((one && last.get(keyOf(one))) ?? '') ?? null);
}

/** The id of the payment that succeeded last, by the key of its order. */
function lastSuccesses(payments: readonly PaymentFacts[]): ReadonlyMap<string, string> {
  const successes = payments.flatMap((one) =>
    one.capturedAt === null ? [] : { ...one, at: one.capturedAt },
  );
  return new Map(
    successes
      .sort((one, other) => one.at - other.at)
      .map((one) => [keyOf({ ...one, orderId: one.orderId ?? one.gatewayPaymentId }), one.paymentId]),
  );
}

const keyOf = ({ mode, merchant, orderId }: Order): string => JSON.stringify([mode, merchant, orderId]);
