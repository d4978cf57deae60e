import type { EntityManager } from 'typeorm';
import {
  findCustomerIds,
  findOrdersOfPayments,
  findPaymentMoments,
  findPaymentsOfOrders,
  lockForFeature,
  orderOfPayment,
  type PayhookFeature,
  type PaymentInOrder,
  type PaymentOrder,
  type PaymentWorkItem,
} from '../../feature.js';
import { accountNameOf, type AccountKey } from '../account.store.js';
import type { Word } from '../status/account-status.js';
import { isCustomerId } from '../status/customer-id.js';
import { liftsOf, wordsOfPayment } from '../status/payment-words.js';

/** Payments of an order that are looked at. An order with more is no order of one customer. */
const MAX_PAYMENTS_OF_ORDER = 100;

const nameOfOrder = ({ mode, merchant, orderId }: PaymentOrder): string =>
  JSON.stringify([mode, merchant ?? '', orderId]);

/** A payment, with the account that it belongs to and all that it says there. */
export interface PaymentOfAccount {
  readonly paymentId: string;
  /** Null where nobody told a customer. */
  readonly account: AccountKey | null;
  readonly words: readonly Word[];
  /** Nobody is to be mailed for what follows from it. */
  readonly silent: boolean;
}

/**
 * Locks the orders, and with them what their payments say, until the transaction ends. Who locks customers too locks the
 * orders first.
 */
export const lockOrders = (manager: EntityManager, orders: readonly PaymentOrder[]): Promise<void> =>
  lockForFeature(
    manager,
    'accounts',
    orders.map((order) => `order ${nameOfOrder(order)}`),
  );

/**
 * The payments of all orders that the changes touch, as they are once the orders are locked: a payment of one customer may
 * pay what a payment of another one failed to pay.
 */
export async function readPayments(
  manager: EntityManager,
  work: readonly PaymentWorkItem[],
  features: readonly PayhookFeature[],
): Promise<PaymentOfAccount[]> {
  const changed = await findOrdersOfPayments(
    manager,
    work.map(({ paymentId }) => paymentId),
  );
  const orders = ordersOf(work, changed);
  const keys = [...orders.values()].map(({ order }) => order);
  await lockOrders(manager, keys);
  const found = await findPaymentsOfOrders(manager, keys, MAX_PAYMENTS_OF_ORDER);
  const payments = [...new Map([...changed, ...found].map((one) => [one.paymentId, one])).values()];
  const ids = payments.map(({ paymentId }) => paymentId);
  const accounts = await findAccountsOf(manager, payments, features);
  const isNamed = accounts.size > 0;
  const moments = isNamed ? await findPaymentMoments(manager, ids) : new Map<string, never[]>();
  const said = payments.map((payment) => ({
    paymentId: payment.paymentId,
    order: nameOfOrder(orderOfPayment(payment)),
    account: accounts.get(payment.paymentId) ?? null,
    words: wordsOfPayment(moments.get(payment.paymentId) ?? []),
  }));
  const byOrder = new Map<string, typeof said>();
  for (const one of said) byOrder.set(one.order, [...(byOrder.get(one.order) ?? []), one]);
  return said.map(({ paymentId, order, account, words }) => {
    const others = (byOrder.get(order) ?? []).filter((one) => !isSameAccount(one.account, account));
    const lifts = liftsOf(
      words,
      others.flatMap((one) => one.words),
    );
    const silent = orders.get(order)?.silent ?? false;
    return { paymentId, account, words: [...words, ...lifts], silent };
  });
}

/** The orders of the changes, each once: those that the payments belong to, and those that they left. */
function ordersOf(
  work: readonly PaymentWorkItem[],
  payments: readonly PaymentInOrder[],
): ReadonlyMap<string, { order: PaymentOrder; silent: boolean }> {
  const ofPayments = new Map(payments.map((payment) => [payment.paymentId, orderOfPayment(payment)]));
  const orders = new Map<string, { order: PaymentOrder; silent: boolean }>();
  for (const { paymentId, silent, previousOrder } of work)
    for (const order of [ofPayments.get(paymentId), previousOrder]) {
      if (!order) continue;
      const name = nameOfOrder(order);
      orders.set(name, { order, silent: silent && (orders.get(name)?.silent ?? true) });
    }
  return orders;
}

const isSameAccount = (one: AccountKey | null, other: AccountKey | null): boolean =>
  one !== null && other !== null && accountNameOf(one) === accountNameOf(other);

/** The account of each payment that has one: what a feature knows, such as a registered order, beats the gateway. */
async function findAccountsOf(
  manager: EntityManager,
  payments: readonly PaymentInOrder[],
  features: readonly PayhookFeature[],
): Promise<ReadonlyMap<string, AccountKey>> {
  const customers = new Map(
    await findCustomerIds(
      manager,
      payments.map(({ paymentId }) => paymentId),
    ),
  );
  for (const feature of features)
    for (const [paymentId, id] of (await feature.findCustomerIds?.(manager, payments)) ?? [])
      customers.set(paymentId, id);
  const accounts = new Map<string, AccountKey>();
  for (const { paymentId, mode, merchant } of payments) {
    const customerId = customers.get(paymentId);
    if (customerId !== undefined && isCustomerId(customerId))
      accounts.set(paymentId, { mode, merchant, customerId });
  }
  return accounts;
}
