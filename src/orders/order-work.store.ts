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

/** Deletes at most `limit` rows, oldest first, and returns them. Rows that another process takes are left out. */
export async function takeOrderWork(manager: EntityManager, limit: number): Promise<OrderWorkItem[]> {
  const [rows] = await manager.query<[Row[], number]>(
    `DELETE FROM order_work WHERE id IN (SELECT id FROM order_work ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED)
     RETURNING payment_id, silent, previous_mode, previous_merchant, previous_order_id`,
    [limit],
  );
  return rows.map((row) => ({
    paymentId: row.payment_id,
    silent: row.silent,
    previousOrder: previousOrderOf(row),
  }));
}

const previousOrderOf = ({
  previous_mode: mode,
  previous_merchant: merchant,
  previous_order_id: orderId,
}: Row): PaymentOrder | null => (mode === null || orderId === null ? null : { mode, merchant, orderId });
