import type { EntityManager } from 'typeorm';
import { lowestIdAt } from '../feature.js';
import { Order } from './order.entity.js';
import { personCondition } from './order-person.store.js';
import type { OrderStatus } from './status/order-status.js';

/* The statement of the list of orders. */

export interface OrderFilter {
  mode: 'live' | 'test';
  merchant: string | null;
  status?: OrderStatus | undefined;
  /** See {@link personCondition}. */
  customer?: string | undefined;
  /** Became known at this time or later. */
  from?: string | undefined;
  /** Became known before this time. */
  to?: string | undefined;
  /** The id of the last order of the page before. */
  cursor?: string | undefined;
}

/** The time has come, and the job that writes it has not yet. */
const IS_DUE = `orders.dueAt <= now()`;

/** At most `limit` orders, newest id first. The id of an order holds the time at which it became known. */
export async function findOrderPage(
  manager: EntityManager,
  { mode, merchant, status, customer, from, to, cursor }: OrderFilter,
  limit: number,
): Promise<Order[]> {
  const page = manager
    .getRepository(Order)
    .createQueryBuilder('orders')
    .where('orders.merchant = :merchant AND orders.mode = :mode', { merchant: merchant ?? '', mode })
    .orderBy('orders.id', 'DESC')
    .limit(limit);
  if (status === 'overdue')
    page.andWhere(`(orders.status = 'overdue' OR orders.status = 'open' AND ${IS_DUE})`);
  else if (status !== undefined) page.andWhere('orders.status = :status', { status });
  if (status === 'open') page.andWhere(`(orders.dueAt IS NULL OR NOT ${IS_DUE})`);
  if (customer !== undefined) {
    const { sql, parameters } = await personCondition(manager, customer);
    page.andWhere(`orders.id IN (${sql})`, parameters);
  }
  if (from !== undefined) page.andWhere('orders.id >= :from', { from: lowestIdAt(new Date(from)) });
  if (to !== undefined) page.andWhere('orders.id < :to', { to: lowestIdAt(new Date(to)) });
  if (cursor !== undefined) page.andWhere('orders.id < :cursor', { cursor });
  return page.getMany();
}
