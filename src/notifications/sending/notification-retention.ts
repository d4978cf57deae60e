import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { lockOrders, alertScopeOf, type PaymentOrderIds } from '../scheduling/order-key.js';

/** That there was a message, of what kind and what became of it, stays; whom it went to and what it said goes. */
const ERASED_COLUMNS = 'recipient = NULL, subject = NULL, text = NULL, html = NULL';

/** Messages to customers as they were rendered: expired and erased. */
@Injectable()
export class NotificationRetention {
  /** Expires up to `most` messages made before `before`, in the caller's transaction; none that is still to be sent. */
  async expire(manager: EntityManager, before: Date, most: number): Promise<number> {
    const [, expired] = await manager.query<[unknown, number]>(
      `UPDATE notifications SET ${ERASED_COLUMNS} WHERE id IN (
         SELECT id FROM notifications WHERE text IS NOT NULL AND status <> 'pending' AND created_at < $1
         ORDER BY created_at LIMIT $2 FOR UPDATE SKIP LOCKED)`,
      [before, most],
    );
    return expired;
  }

  /**
   * Erases what was said to the customers of these payments, in the caller's transaction, which took the contact out
   * of the payments before. A message that waits is then sent to nobody; one being decided upon is waited for.
   */
  async erase(manager: EntityManager, paymentIds: readonly string[]): Promise<number> {
    // The worker decides under these locks: what it rendered before is erased here, and later it finds no contact.
    const payments = await manager.query<PaymentOrderIds[]>(
      `SELECT id AS "paymentId", gateway, account, merchant, mode, order_id AS "orderId",
         gateway_order_id AS "gatewayOrderId"
       FROM payments WHERE id = ANY($1) AND EXISTS (SELECT FROM notifications WHERE payment_id = payments.id)`,
      [paymentIds],
    );
    await lockOrders(manager, payments.map(alertScopeOf));
    const [, erased] = await manager.query<[unknown, number]>(
      `UPDATE notifications SET ${ERASED_COLUMNS}
       WHERE payment_id = ANY($1) AND (recipient IS NOT NULL OR text IS NOT NULL)`,
      [paymentIds],
    );
    return erased;
  }
}
