import type { EntityManager } from 'typeorm';
import {
  createBulkInsert,
  idsByNameSql,
  toArrayLiteral,
  toNameParameters,
  type PaymentOrder,
} from '../feature.js';
import { Order } from './order.entity.js';

/*
 * The statements that register orders and bring them up to date. A transaction that uses them holds the locks of the
 * orders. What finds and clears persons is in order-privacy.store.ts.
 */

/** The name under which an order is locked, and by which it is found in a map. */
export const orderNameOf = ({ mode, merchant, orderId }: PaymentOrder): string =>
  JSON.stringify([mode, merchant ?? '', orderId]);

/** The order that a row is. */
export const keyOfOrder = ({ mode, merchant, orderId }: Order): PaymentOrder => ({
  mode,
  merchant: merchant === '' ? null : merchant,
  orderId,
});

/** The orders that exist, by {@link orderNameOf}. */
export async function findOrders(
  manager: EntityManager,
  keys: readonly PaymentOrder[],
): Promise<Map<string, Order>> {
  const found = await manager
    .getRepository(Order)
    .createQueryBuilder('orders')
    .where(
      `orders.id = ANY (ARRAY(${idsByNameSql('orders', 'order_id')}))`,
      toNameParameters(keys.map((key) => ({ ...key, name: key.orderId }))),
    )
    .getMany();
  return new Map(found.map((order) => [orderNameOf(keyOfOrder(order)), order]));
}

const COLUMNS = {
  id: 'uuid',
  order_id: 'text',
  mode: 'text',
  merchant: 'text',
  registered: 'boolean',
  amount: 'numeric',
  currency: 'text',
  gateway: 'text',
  account: 'text',
  expires_at: 'timestamptz',
  customer_id: 'text',
  customer_email: 'text',
  customer_phone: 'text',
  customer_name: 'text',
  customer_locale: 'text',
  metadata: 'jsonb',
  personal: 'boolean',
  canceled_at: 'timestamptz',
  settlement: 'jsonb',
  status: 'text',
  flags: 'jsonb',
  amount_paid: 'numeric',
  amount_refunded: 'numeric',
  due_at: 'timestamptz',
  published: 'jsonb',
  created_at: 'timestamptz',
  updated_at: 'timestamptz',
  cleared_at: 'timestamptz',
} as const;

/** A person who was erased or expired meanwhile is never written back: those columns are written by a registration alone. */
const PERSONAL = [
  'customer_id',
  'customer_email',
  'customer_phone',
  'customer_name',
  'customer_locale',
  'metadata',
  'personal',
  'cleared_at',
];
const CHANGING = Object.keys(COLUMNS).filter(
  (column) => !['id', 'order_id', 'mode', 'merchant', 'created_at'].includes(column),
);

const register = createBulkInsert('orders', COLUMNS, {
  updateConflictOn: 'uq_orders_order',
  updateColumns: CHANGING,
});
const update = createBulkInsert('orders', COLUMNS, {
  updateConflictOn: 'uq_orders_order',
  updateColumns: CHANGING.filter((column) => !PERSONAL.includes(column)),
});

const toRow = (order: Order): Record<keyof typeof COLUMNS, unknown> => ({
  id: order.id,
  order_id: order.orderId,
  mode: order.mode,
  merchant: order.merchant,
  registered: order.registered,
  amount: order.amount,
  currency: order.currency,
  gateway: order.gateway,
  account: order.account,
  expires_at: order.expiresAt,
  customer_id: order.customerId,
  customer_email: order.customerEmail,
  customer_phone: order.customerPhone,
  customer_name: order.customerName,
  customer_locale: order.customerLocale,
  metadata: order.metadata,
  personal: order.personal,
  canceled_at: order.canceledAt,
  settlement: order.settlement,
  status: order.status,
  flags: order.flags,
  amount_paid: order.amountPaid,
  amount_refunded: order.amountRefunded,
  due_at: order.dueAt,
  published: order.published,
  created_at: order.createdAt,
  updated_at: order.updatedAt,
  cleared_at: order.clearedAt,
});

/** Writes an order as it was registered, with its customer. */
export async function saveRegistered(manager: EntityManager, order: Order): Promise<void> {
  await register(manager, [toRow(order)]);
}

/** Writes what follows from payments and from operators, new orders whole. In the order of their ids, as every writer does. */
export async function saveOrders(manager: EntityManager, orders: readonly Order[]): Promise<void> {
  const sorted = orders.toSorted((one, other) => (one.id < other.id ? -1 : 1));
  await update(manager, sorted.map(toRow));
}

/** Removes orders that were made of payments, and have none any more. */
export async function deleteOrders(manager: EntityManager, ids: readonly string[]): Promise<void> {
  if (ids.length > 0) await manager.query('DELETE FROM orders WHERE id = ANY ($1)', [toArrayLiteral(ids)]);
}

/** At most `limit` orders whose time has come, with the time of the database by which it has. */
export async function findDueOrders(
  manager: EntityManager,
  limit: number,
): Promise<{ items: PaymentOrder[]; now: Date }> {
  const rows = await manager.query<(PaymentOrder & { now: Date })[]>(
    `SELECT mode, nullif(merchant, '') AS merchant, order_id AS "orderId", now() AS now FROM orders
     WHERE due_at <= now() ORDER BY due_at LIMIT $1`,
    [limit],
  );
  return {
    items: rows.map(({ mode, merchant, orderId }) => ({ mode, merchant, orderId })),
    now: rows[0]?.now ?? new Date(),
  };
}
