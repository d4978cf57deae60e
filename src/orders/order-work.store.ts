import type { EntityManager } from 'typeorm';
import { createBulkInsert, newId, type PaymentOrder } from '../feature.js';

/* Every statement on `order_work`. */

/** A payment that changed, and the order that it left by that. */
export interface OrderWorkItem {
  paymentId: string;
  silent: boolean;
  previousOrder: PaymentOrder | null;
}

const insert = createBulkInsert('order_work', {
  id: 'uuid',
  payment_id: 'uuid',
  silent: 'boolean',
  previous_mode: 'text',
  previous_merchant: 'text',
  previous_order_id: 'text',
});

export async function insertOrderWork(
  manager: EntityManager,
  items: readonly OrderWorkItem[],
): Promise<void> {
  await insert(
    manager,
    items.map(({ paymentId, silent, previousOrder }) => ({
      id: newId(),
      payment_id: paymentId,
      silent,
      previous_mode: previousOrder?.mode,
      previous_merchant: previousOrder?.merchant,
      previous_order_id: previousOrder?.orderId,
    })),
  );
}

interface Row {
  payment_id: string;
  silent: boolean;
  previous_mode: PaymentOrder['mode'] | null;
  previous_merchant: string | null;
  previous_order_id: string | null;
}

/** Rows that wait after a failure are left out. */
const IS_DUE = '(retry_at IS NULL OR retry_at <= now())';

/**
 * Deletes at most `limit` rows, oldest first, and returns them; only the row `id` where it is given. Rows that another
 * process takes are left out.
 */
export async function takeOrderWork(
  manager: EntityManager,
  limit: number,
  id: string | null = null,
): Promise<OrderWorkItem[]> {
  const [rows] = await manager.query<[Row[], number]>(
    `DELETE FROM order_work WHERE id IN (SELECT id FROM order_work
       WHERE ${IS_DUE}${id === null ? '' : ' AND id = $2'} ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED)
     RETURNING payment_id, silent, previous_mode, previous_merchant, previous_order_id`,
    id === null ? [limit] : [limit, id],
  );
  return rows.map((row) => ({
    paymentId: row.payment_id,
    silent: row.silent,
    previousOrder: previousOrderOf(row),
  }));
}

/** At most `limit` rows that could be taken now, oldest first. */
export const findOrderWork = (
  manager: EntityManager,
  limit: number,
): Promise<{ id: string; paymentId: string }[]> =>
  manager.query(`SELECT id, payment_id AS "paymentId" FROM order_work WHERE ${IS_DUE} ORDER BY id LIMIT $1`, [
    limit,
  ]);

/** Lets a row wait that failed: 1 second after the first failure, twice as long after each further one, at most an hour. */
export async function postponeOrderWork(manager: EntityManager, id: string): Promise<void> {
  await manager.query(
    `UPDATE order_work SET attempts = attempts + 1,
       retry_at = now() + least(3600, power(2, least(attempts, 12))) * interval '1 second'
     WHERE id = $1`,
    [id],
  );
}

const previousOrderOf = ({
  previous_mode: mode,
  previous_merchant: merchant,
  previous_order_id: orderId,
}: Row): PaymentOrder | null => (mode === null || orderId === null ? null : { mode, merchant, orderId });
