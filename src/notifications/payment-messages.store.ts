import type { EntityManager } from 'typeorm';
import { toArrayLiteral } from '../platform/database/columns.js';
import type { NotificationKind } from './kinds/message-kinds.js';
import type { NotificationStatus } from './notification.entity.js';

/** A message about a payment, without its text. */
export interface MessageOfPayment {
  id: string;
  paymentId: string;
  kind: NotificationKind;
  channel: string;
  status: NotificationStatus;
  attemptKey: string;
  sentAt: Date | null;
}

/** Every message about these payments. */
export const findMessagesOfPayments = (
  manager: EntityManager,
  paymentIds: readonly string[],
): Promise<MessageOfPayment[]> =>
  manager.query<MessageOfPayment[]>(
    `SELECT id, payment_id AS "paymentId", kind, channel, status, attempt_key AS "attemptKey", sent_at AS "sentAt"
     FROM notifications WHERE payment_id = ANY($1)`,
    [toArrayLiteral(paymentIds)],
  );
