import type { DataSource, EntityManager } from 'typeorm';
import { toArrayLiteral } from '../platform/database/columns.js';
import { prepared } from '../platform/database/prepared.js';
import { LeasedTable } from '../platform/jobs/index.js';
import type { SendResult } from './channels/channel.js';
import type { RenderedMessage } from './messages/message.js';
import type { NotificationKind } from './kinds/message-kinds.js';
import type { AlertScope, PaymentOrderIds } from './scheduling/order-key.js';

/*
 * Every statement that writes to `notifications`, in the order of a message's life, and what goes with it. The
 * statements that decide on a set of messages are in notification-set.store.ts, those that look for the messages of an
 * order in order-messages.store.ts. The pages of the API use the repository.
 */

/** A message to insert. */
export interface NewNotification extends Omit<AlertScope, 'keys'> {
  id: string;
  kind: NotificationKind;
  paymentId: string;
  /** With `paymentId`, `kind` and `channel`, it makes the message unique. */
  attemptKey: string;
  channel: string;
  /** ISO 8601. */
  occurredAt: string;
  settleSeconds: number;
}

// ON CONFLICT names no constraint, because the key of the attempt and the keys of the order all mean "scheduled
// already". The order of the rows prevents a deadlock of two processes that insert the same keys.
const INSERT =
  prepared(`INSERT INTO notifications (id, kind, payment_id, attempt_key, gateway, account, merchant, mode,
    order_key, gateway_order_id, channel, status, occurred_at, created_at, due_at, attempts)
  SELECT id, kind, payment_id, attempt_key, gateway, account, merchant, mode, order_key, gateway_order_id, channel,
    'pending', occurred_at, now(), now() + settle_seconds * interval '1 second', 0
  FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
      $9::text[], $10::text[], $11::timestamptz[], $12::text[], $13::integer[])
    AS given (id, kind, payment_id, attempt_key, gateway, account, merchant, mode, order_key, gateway_order_id,
      occurred_at, channel, settle_seconds)
  ORDER BY payment_id, attempt_key, channel
  ON CONFLICT DO NOTHING`);

/**
 * Inserts pending messages, due when they have settled. A message that its channel has already, by its attempt or its
 * order, is left out.
 */
export async function insertNotifications(
  manager: EntityManager,
  notifications: readonly NewNotification[],
): Promise<void> {
  const column = (name: keyof NewNotification): string =>
    toArrayLiteral(notifications.map((notification) => notification[name]));
  await manager.query(INSERT, [
    column('id'),
    column('kind'),
    column('paymentId'),
    column('attemptKey'),
    column('gateway'),
    column('account'),
    column('merchant'),
    column('mode'),
    column('orderKey'),
    column('gatewayOrderId'),
    column('occurredAt'),
    column('channel'),
    column('settleSeconds'),
  ]);
}

/** Gives notes about refunds that were taken back another key, so that theirs may be used again. */
export async function freeRefundNoteKeys(
  manager: EntityManager,
  paymentId: string,
  keys: readonly string[],
): Promise<void> {
  await manager.query(
    `UPDATE notifications SET attempt_key = 'taken_back:' || id || ':' || attempt_key
     WHERE payment_id = $1 AND kind = 'refund_note' AND attempt_key = ANY ($2::text[])`,
    [paymentId, toArrayLiteral(keys)],
  );
}

/** A message that is being sent. */
export interface LeasedNotification {
  id: string;
  attempts: number;
}

export const NOTIFICATION_TABLE = new LeasedTable<LeasedNotification>({
  table: 'notifications',
  dueAt: 'due_at',
  rowsOfJob: 'id = $1',
  keyOf: ({ id }) => [id],
});

/**
 * Ends a message that the channel took or suppressed. What was sent is stored as it went out, in place of the facts that
 * it was rendered from, unless the person was erased meanwhile. Changes nothing when the lease was lost.
 */
export async function endNotification(
  db: DataSource,
  id: string,
  lease: string,
  result: SendResult,
  { subject, text, html }: RenderedMessage,
): Promise<void> {
  const { status, reason, reference } = { reason: null, reference: null, ...result };
  const ofSent = (value: string): string => `CASE WHEN $3 = 'sent' AND facts IS NOT NULL THEN ${value} END`;
  await db.query(
    `UPDATE notifications SET status = $3, reason = $4, reference = $5, subject = ${ofSent('$6')},
       text = ${ofSent('$7')}, html = ${ofSent('$8')}, facts = CASE WHEN $3 <> 'sent' THEN facts END,
       sent_at = CASE WHEN $3 = 'sent' THEN now() END, lease = NULL, leased_until = NULL, last_error = NULL
     WHERE id = $1 AND lease = $2`,
    [id, lease, status, reason, reference, subject, text, html],
  );
}

/** Makes a dead message due at once, with all its attempts. False when it is not dead. */
export async function resetDeadNotification(manager: EntityManager, id: string): Promise<boolean> {
  const [, reset] = await manager.query<[unknown, number]>(
    `UPDATE notifications SET status = 'pending', attempts = 0, due_at = now(), last_error = NULL
     WHERE id = $1 AND status = 'dead'`,
    [id],
  );
  return reset === 1;
}

/**
 * For a dry run: the ids of the payment's pending messages that the transaction of `manager` inserted, oldest first.
 */
export async function findInsertedInTransaction(
  manager: EntityManager,
  paymentId: string,
): Promise<string[]> {
  // now() is the start of the transaction. Do not compare xmin: a savepoint has a transaction id of its own.
  const rows = await manager.query<{ id: string }[]>(
    `SELECT id FROM notifications WHERE payment_id = $1 AND status = 'pending' AND created_at = now() ORDER BY id`,
    [paymentId],
  );
  return rows.map(({ id }) => id);
}

/** For a dry run: ends a message as if it had been sent or suppressed, so that the next decision sees it. */
export async function markForDryRun(
  manager: EntityManager,
  id: string,
  status: SendResult['status'],
  recipient: string | null,
): Promise<void> {
  await manager.query(`UPDATE notifications SET status = $2, recipient = $3, sent_at = now() WHERE id = $1`, [
    id,
    status,
    recipient,
  ]);
}

/** The kind, the status and the times of a message stay. To whom it went and what it said is erased. */
const ERASED_COLUMNS = 'recipient = NULL, facts = NULL, subject = NULL, text = NULL, html = NULL';

/** Erases at most `limit` messages created before `before`. Pending messages are kept. Returns how many were erased. */
export async function eraseCreatedBefore(
  manager: EntityManager,
  before: Date,
  limit: number,
): Promise<number> {
  const [, erased] = await manager.query<[unknown, number]>(
    `UPDATE notifications SET ${ERASED_COLUMNS} WHERE id IN (
       SELECT id FROM notifications
       WHERE (text IS NOT NULL OR facts IS NOT NULL) AND status <> 'pending' AND created_at < $1
       ORDER BY created_at LIMIT $2 FOR UPDATE SKIP LOCKED)`,
    [before, limit],
  );
  return erased;
}

/** Those of the payments that have a message, with what says to which order they belong. */
export function paymentsWithNotifications(
  manager: EntityManager,
  paymentIds: readonly string[],
): Promise<PaymentOrderIds[]> {
  return manager.query<PaymentOrderIds[]>(
    `SELECT id AS "paymentId", gateway, account, merchant, mode, order_id AS "orderId",
       gateway_order_id AS "gatewayOrderId"
     FROM payments WHERE id = ANY($1) AND EXISTS (SELECT FROM notifications WHERE payment_id = payments.id)`,
    [paymentIds],
  );
}

/** Erases every message about these payments. Returns how many were erased. */
export async function eraseOfPayments(
  manager: EntityManager,
  paymentIds: readonly string[],
): Promise<number> {
  const [, erased] = await manager.query<[unknown, number]>(
    `UPDATE notifications SET ${ERASED_COLUMNS}
     WHERE payment_id = ANY($1) AND (recipient IS NOT NULL OR text IS NOT NULL OR facts IS NOT NULL)`,
    [paymentIds],
  );
  return erased;
}
