import type { DataSource, EntityManager } from 'typeorm';
import type { PaymentOrder } from '../../payments/index.js';
import { createBulkInsert } from '../../platform/database/bulk-insert.js';
import { toArrayLiteral } from '../../platform/database/columns.js';
import { newId } from '../../platform/database/new-id.js';
import type { DunnedOrder } from './dunned-order.entity.js';

/* Every statement on `dunned_orders`. */

/** Rows that wait after a failure are left out. */
const IS_READY = '(retry_at IS NULL OR retry_at <= now())';

/** Lets a row wait that failed: 1 second after the first failure, twice as long after each further one, at most an hour. */
const POSTPONE = `SET attempts = attempts + 1,
  retry_at = now() + least(3600, power(2, least(attempts, 12))) * interval '1 second'`;

/** Lets an order wait whose reminder could not be scheduled. Its next change ends that. */
export async function postponeDunned(manager: EntityManager, order: PaymentOrder): Promise<void> {
  await manager.query(
    `UPDATE dunned_orders ${POSTPONE} WHERE order_id = $1 AND merchant = $2 AND mode = $3`,
    [order.orderId, order.merchant ?? '', order.mode],
  );
}

/** The name under which an order is locked, and by which it is found in a map. */
export const nameOfOrder = ({ mode, merchant, orderId }: PaymentOrder): string =>
  JSON.stringify([mode, merchant ?? '', orderId]);

/** What is read of an order under dunning. */
export type StoredDunning = Pick<DunnedOrder, 'day' | 'dueAt'>;

/** Those of the orders that are under dunning, by {@link nameOfOrder}. */
export async function findDunned(
  manager: EntityManager,
  orders: readonly PaymentOrder[],
): Promise<ReadonlyMap<string, StoredDunning>> {
  const rows = await manager.query<(StoredDunning & PaymentOrder)[]>(
    `SELECT wanted.mode, nullif(wanted.merchant, '') AS merchant, wanted.order_id AS "orderId", day, due_at AS "dueAt"
     FROM unnest($1::text[], $2::text[], $3::text[]) AS wanted (order_id, merchant, mode)
     CROSS JOIN LATERAL (SELECT day, due_at FROM dunned_orders
       WHERE order_id = wanted.order_id AND merchant = wanted.merchant AND mode = wanted.mode LIMIT 1) AS dunned`,
    toKeyColumns(orders),
  );
  return new Map(
    rows.map(({ mode, merchant, orderId, ...row }) => [nameOfOrder({ mode, merchant, orderId }), row]),
  );
}

const toKeyColumns = (orders: readonly PaymentOrder[]): string[] => [
  toArrayLiteral(orders.map(({ orderId }) => orderId)),
  toArrayLiteral(orders.map(({ merchant }) => merchant ?? '')),
  toArrayLiteral(orders.map(({ mode }) => mode)),
];

/** An order under dunning, to be written. */
export interface NewDunning extends Pick<
  DunnedOrder,
  'paymentId' | 'gateway' | 'startedAt' | 'day' | 'dueAt'
> {
  order: PaymentOrder;
}

const save = createBulkInsert(
  'dunned_orders',
  {
    id: 'uuid',
    order_id: 'text',
    mode: 'text',
    merchant: 'text',
    payment_id: 'uuid',
    gateway: 'text',
    started_at: 'timestamptz',
    day: 'float8',
    due_at: 'timestamptz',
    attempts: 'integer',
    retry_at: 'timestamptz',
  },
  {
    updateConflictOn: 'uq_dunned_orders_order',
    updateColumns: ['payment_id', 'gateway', 'started_at', 'day', 'due_at', 'attempts', 'retry_at'],
  },
);

/** The caller holds the locks of the orders. */
export async function saveDunned(manager: EntityManager, rows: readonly NewDunning[]): Promise<void> {
  await save(
    manager,
    rows.map(({ order, paymentId, gateway, startedAt, day, dueAt }) => ({
      ...{ id: newId(), order_id: order.orderId, mode: order.mode, merchant: order.merchant ?? '' },
      ...{ payment_id: paymentId, gateway, started_at: startedAt, day, due_at: dueAt, attempts: 0 },
    })),
  );
}

/** Ends the dunning of these orders. */
export async function deleteDunned(manager: EntityManager, orders: readonly PaymentOrder[]): Promise<void> {
  if (orders.length === 0) return;
  await manager.query(
    `DELETE FROM dunned_orders USING unnest($1::text[], $2::text[], $3::text[]) AS ended (order_id, merchant, mode)
     WHERE dunned_orders.order_id = ended.order_id AND dunned_orders.merchant = ended.merchant
       AND dunned_orders.mode = ended.mode`,
    toKeyColumns(orders),
  );
}

/**
 * At most `limit` orders that are to be looked at, the longest due first. The time has come when the database's clock and
 * `now`, the clock of this process, both say so: neither clock alone can bring a reminder forward by a jump.
 */
export async function findDueDunned(db: DataSource, now: Date, limit: number): Promise<PaymentOrder[]> {
  return db.query<PaymentOrder[]>(
    `SELECT mode, nullif(merchant, '') AS merchant, order_id AS "orderId" FROM dunned_orders
     WHERE due_at <= least(now(), $1) AND ${IS_READY} ORDER BY due_at LIMIT $2`,
    [now, limit],
  );
}

/** The time by the database's clock. */
export async function readDatabaseTime(manager: EntityManager): Promise<Date> {
  const [row] = await manager.query<{ now: Date }[]>('SELECT now() AS now');
  return row?.now ?? new Date(0);
}

/** Ends every dunning of gateways whose reminders are not chosen. */
export async function endUnchosen(db: DataSource, isChosen: (gateway: string) => boolean): Promise<void> {
  const rows = await db.query<{ gateway: string }[]>('SELECT DISTINCT gateway FROM dunned_orders');
  const ended = rows.map(({ gateway }) => gateway).filter((gateway) => !isChosen(gateway));
  if (ended.length > 0) await db.query('DELETE FROM dunned_orders WHERE gateway = ANY($1)', [ended]);
}

/** For `/stats`: work to be done now, and reminders that wait for their day. */
export const DUNNING_PENDING = `(SELECT count(*) FROM dunned_orders WHERE due_at <= now() AND ${IS_READY})`;
export const DUNNING_SCHEDULED = `(SELECT count(*) FROM dunned_orders WHERE day IS NOT NULL AND (due_at > now() OR retry_at > now()))`;
