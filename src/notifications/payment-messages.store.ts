import type { EntityManager } from 'typeorm';
import { toArrayLiteral } from '../platform/database/columns.js';
import type { NotificationKind } from './kinds/message-kinds.js';
import type { SentRefundNotes } from './kinds/refund-notes.js';
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

/** The attempt keys of the notes about a payment's refunds, on any channel and whatever became of them. */
export async function findRefundNoteKeys(manager: EntityManager, paymentId: string): Promise<string[]> {
  const rows = await manager.query<{ key: string }[]>(
    `SELECT DISTINCT attempt_key AS key FROM notifications WHERE payment_id = $1 AND kind = 'refund_note'`,
    [paymentId],
  );
  return rows.map(({ key }) => key);
}

// A report names `createdAt` of a refund only where the gateway told it.
const SENT_REFUND_NOTES = `SELECT payment_id AS "paymentId",
    json_agg(json_build_object('key', attempt_key, 'occurredAt', extract(epoch FROM occurred_at) * 1000)) AS notes,
    ARRAY(SELECT DISTINCT dated #>> '{}'
      FROM payment_reports, jsonb_path_query(told, '$.refunds[*] ? (@.createdAt <> null).id') AS dated
      WHERE payment_reports.payment_id = notifications.payment_id) AS dated
  FROM notifications
  WHERE payment_id = ANY ($1::uuid[]) AND kind = 'refund_note' AND status = 'sent' AND channel = $2
  GROUP BY payment_id`;

/** The notes about refunds that were sent, by payment. */
export async function findSentRefundNotes(
  manager: EntityManager,
  channel: string,
  paymentIds: readonly string[],
): Promise<ReadonlyMap<string, SentRefundNotes>> {
  const rows = await manager.query<(SentRefundNotes & { paymentId: string })[]>(SENT_REFUND_NOTES, [
    paymentIds,
    channel,
  ]);
  return new Map(rows.map(({ paymentId, ...sent }) => [paymentId, sent]));
}
