import type { EntityManager } from 'typeorm';
import type { OrderDebt, OrderOfPayment } from '../../feature.js';
import { findOrders, keyOfOrder, orderNameOf } from '../order.store.js';
import type { OrderStatus } from '../status/order-status.js';
import { advanceOrder, type AdvancedOrder } from './advance-order.js';
import { readPayments } from './order-updates.js';

/** The customer of a registered order still owes something. */
const UNPAID: readonly OrderStatus[] = ['open', 'overdue', 'partially_paid'];

/**
 * Null where its payments alone tell. An order that nobody registered is as large as what was paid, so nothing is known of it
 * unless an operator closed it.
 */
function isOwed({ order: { registered, status }, isSettled }: AdvancedOrder): boolean | null {
  if (registered) return UNPAID.includes(status);
  return isSettled || status === 'canceled' ? false : null;
}

/** The stored status may be a moment behind the payments, so it is derived again. */
export async function findOrderDebts(
  manager: EntityManager,
  orders: readonly OrderOfPayment[],
): Promise<readonly OrderDebt[]> {
  const known = await findOrders(manager, orders);
  const payments = await readPayments(manager, [...known.values()].map(keyOfOrder));
  const now = new Date();
  return orders.flatMap((order) => {
    const name = orderNameOf(order);
    const found = known.get(name);
    const owed = found === undefined ? null : isOwed(advanceOrder(found, payments.get(name) ?? [], now));
    return owed === null ? [] : [{ order, isOwed: owed }];
  });
}
