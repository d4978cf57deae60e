import type { EntityManager } from 'typeorm';
import { eraseCreatedBefore, eraseOfPayments, paymentsWithNotifications } from '../notification.store.js';
import { endDunningOfPayments } from '../reminders/order-family.js';
import { alertScopeOf, lockOrders } from '../scheduling/order-key.js';

/** Erases what messages say and to whom they went, after the retention time and on a customer's request. */
export class NotificationRetention {
  /**
   * Erases at most `limit` messages created before `before`, in the caller's transaction. Pending messages are kept.
   */
  expire(manager: EntityManager, before: Date, limit: number): Promise<number> {
    return eraseCreatedBefore(manager, before, limit);
  }

  /**
   * Erases every message about these payments, in the caller's transaction. Before that, the caller erased the contact
   * of the payments, so that a pending message is sent to nobody. Waits for a message that is being decided. Reminders of their
   * orders end.
   */
  async erase(manager: EntityManager, paymentIds: readonly string[]): Promise<number> {
    // `NotificationDecisions` holds these locks while it decides. A message decided before is erased below. A message
    // decided later finds no contact.
    const payments = await paymentsWithNotifications(manager, paymentIds);
    await lockOrders(manager, payments.map(alertScopeOf));
    await endDunningOfPayments(manager, paymentIds);
    return eraseOfPayments(manager, paymentIds);
  }
}
