import type { EntityManager } from 'typeorm';
import {
  type Erasure,
  findErasures,
  findPaymentFacts,
  findPaymentFactsOfOrders,
  orderOfPayment,
} from '../../feature.js';
import type { Order } from '../order.entity.js';
import { eraseOrders, findOrdersOfPerson } from '../order-person.store.js';
import { findOrders, keyOfOrder, orderNameOf } from '../order.store.js';

/** The payments of the orders that are registered for this person. */
export async function findPaymentsOfPerson(
  manager: EntityManager,
  identifier: string,
): Promise<readonly string[]> {
  const orders = await findOrdersOfPerson(manager, [identifier]);
  const payments = await findPaymentFactsOfOrders(manager, orders.map(keyOfOrder));
  return payments.map(({ paymentId }) => paymentId);
}

async function withoutPayments(manager: EntityManager, orders: readonly Order[]): Promise<Order[]> {
  const payments = await findPaymentFactsOfOrders(manager, orders.map(keyOfOrder), 1);
  const paid = new Set(payments.map((payment) => orderNameOf(orderOfPayment(payment))));
  return orders.filter((order) => !paid.has(orderNameOf(keyOfOrder(order))));
}

/**
 * Clears the customer and the metadata of the orders of these payments, and of orders that are registered for the person
 * and have no payment. An order whose payments are of a later batch is cleared with them, so that an erasure that was
 * interrupted finds them again. Amounts, ids and what was told stay.
 */
export async function erasePerson(
  manager: EntityManager,
  { paymentIds, identifiers }: Erasure,
): Promise<number> {
  const payments = await findPaymentFacts(manager, paymentIds);
  const ofPayments = await findOrders(manager, payments.map(orderOfPayment));
  const ofPerson = await findOrdersOfPerson(manager, identifiers);
  const unpaid = await withoutPayments(manager, ofPerson);
  const ids = new Set([...ofPayments.values(), ...unpaid].map(({ id }) => id));
  return ids.size === 0 ? 0 : eraseOrders(manager, [...ids]);
}

/**
 * Clears the orders of those payments that were erased while no process had orders. An order that was stored after the
 * erasure of its payment was not part of it.
 */
export async function catchUpErasures(manager: EntityManager, paymentIds: readonly string[]): Promise<void> {
  const erasures = await findErasures(manager, paymentIds);
  if (erasures.length === 0) return;
  const erasedAt = new Map(erasures.map((one) => [one.paymentId, one.erasedAt]));
  const payments = await findPaymentFacts(manager, [...erasedAt.keys()]);
  const orders = await findOrders(manager, payments.map(orderOfPayment));
  const ids = payments.flatMap((payment) => {
    const order = orders.get(orderNameOf(orderOfPayment(payment)));
    const at = erasedAt.get(payment.paymentId);
    return order?.erasedAt === null && at !== undefined && order.createdAt <= at ? [order.id] : [];
  });
  if (ids.length > 0) await eraseOrders(manager, [...new Set(ids)]);
}
