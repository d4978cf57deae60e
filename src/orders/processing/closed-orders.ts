import type { EntityManager } from 'typeorm';
import type { OrderOfPayment } from '../../feature.js';
import { findOrders, keyOfOrder, orderNameOf } from '../order.store.js';
import type { OrderStatus } from '../status/order-status.js';
import { advanceOrder, type AdvancedOrder } from './advance-order.js';
import { readPayments } from './order-updates.js';

/** The customer of a registered order still owes something. */
const UNPAID: readonly OrderStatus[] = ['open', 'overdue', 'partially_paid'];

/**
 * Whether nothing is due of an order any more. An order that nobody registered is as large as what was paid, so it is closed
 * only where an operator closed it.
 */
const isClosed = ({ order: { registered, status }, isSettled }: AdvancedOrder): boolean =>
  registered ? !UNPAID.includes(status) : isSettled || status === 'canceled';

/** The stored status may be a moment behind the payments, so it is derived again. */
export async function findClosedOrders(
  manager: EntityManager,
  orders: readonly OrderOfPayment[],
): Promise<readonly OrderOfPayment[]> {
  const known = await findOrders(manager, orders);
  const payments = await readPayments(manager, [...known.values()].map(keyOfOrder));
  const now = new Date();
  return orders.filter((order) => {
    const name = orderNameOf(order);
    const found = known.get(name);
    return found !== undefined && isClosed(advanceOrder(found, payments.get(name) ?? [], now));
  });
}
