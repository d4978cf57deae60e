import type { DataSource, EntityManager } from 'typeorm';
import { claimInQueueOrder, LeasedTable } from '../platform/jobs/index.js';
import type { OutgoingMessage, SendResult } from './channels/channel.js';
import type { NotificationKind } from './notification.entity.js';
import type { AlertScope, PaymentOrderIds } from './scheduling/order-key.js';

/*
 * Every statement that writes to `notifications`, in the order of a message's life, and what goes with it. The
 * statements that look for the messages of an order are in order-messages.store.ts. The pages of the API use the
 * repository.
 */

/** A message to insert. */
export interface NewNotification extends Omit<AlertScope, 'keys'> {
  id: string;
  kind: NotificationKind;
  paymentId: string;
  /** With `paymentId` and `kind`, it makes the message unique. */
  attemptKey: string;
  /** ISO 8601. */
  occurredAt: string;
  settleSeconds: number;
}

// ON CONFLICT names no constraint, because the key of the attempt and the keys of the order all mean "scheduled
// already". The order of the rows prevents a deadlock of two processes that insert the same keys.
const INSERT = `INSERT INTO notifications (id, kind, payment_id, attempt_key, gateway, account, merchant, mode, order_key,
    gateway_order_id, channel, status, occurred_at, created_at, due_at, attempts)
  SELECT id, kind, "paymentId", "attemptKey", gateway, account, merchant, mode, "orderKey", "gatewayOrderId", $2,
    'pending', "occurredAt", now(), now() + "settleSeconds" * interval '1 second', 0
  FROM json_to_recordset($1::json) AS given (id uuid, kind text, "paymentId" uuid, "attemptKey" text, gateway text,
    account text, merchant text, mode text, "orderKey" text, "gatewayOrderId" text, "occurredAt" timestamptz,
    "settleSeconds" integer)
  ORDER BY "paymentId", "attemptKey"
  ON CONFLICT DO NOTHING`;

/**
 * Inserts pending messages, due when they have settled. A message that exists by its attempt or its order is left out.
 */
export async function insertNotifications(
  manager: EntityManager,
  channel: string,
  notifications: readonly NewNotification[],
): Promise<void> {
  await manager.query(INSERT, [JSON.stringify(notifications), channel]);
}

/** A claimed message. */
export interface ClaimedNotification {
  id: string;
  attempts: number;
  /** The message is older than `ALERT_MAX_AGE_HOURS`. */
  isTooOld: boolean;
}

export const NOTIFICATION_TABLE = new LeasedTable<ClaimedNotification>({
  table: 'notifications',
  dueAt: 'due_at',
  rowsOfJob: 'id = $1',
  keyOf: ({ id }) => [id],
});

export interface NotificationClaim {
  lease: string;
  leaseMs: number;
  limit: number;
  maxAgeHours: number;
}

/**
 * Claims the messages that are due, the longest due first, and clears their recipients: they are to be decided again.
 */
export async function claimNotifications(
  db: DataSource,
  { lease, leaseMs, limit, maxAgeHours }: NotificationClaim,
): Promise<ClaimedNotification[]> {
  const [rows] = await claimInQueueOrder<[ClaimedNotification[], number]>(
    db,
    `UPDATE notifications SET lease = $1, leased_until = now() + $2 * interval '1 millisecond', attempts = attempts + 1,
       recipient = NULL
     WHERE id IN (
       SELECT id FROM notifications
       WHERE status = 'pending' AND due_at <= now() AND (leased_until IS NULL OR leased_until < now())
       ORDER BY due_at LIMIT $3 FOR UPDATE SKIP LOCKED)
     RETURNING id, attempts, created_at < now() - $4 * interval '1 hour' AS "isTooOld"`,
    [lease, leaseMs, limit, maxAgeHours],
  );
  return rows;
}

/**
 * Saves what a message says and to whom, before it is sent: operators read it whatever becomes of the message. A
 * recipient means that the message is decided.
 */
export async function saveRendered(
  manager: EntityManager,
  { id, to, rendered }: OutgoingMessage,
): Promise<void> {
  await manager.query(
    `UPDATE notifications SET recipient = $2, locale = $3, subject = $4, text = $5, html = $6 WHERE id = $1`,
    [id, to, rendered.locale, rendered.subject, rendered.text, rendered.html],
  );
}

/** Counts an alert by its order as it is known now. More ids may be known than when the alert was scheduled. */
export async function saveScope(manager: EntityManager, id: string, scope: AlertScope): Promise<void> {
  await manager.query(
    `UPDATE notifications SET merchant = $2, mode = $3, order_key = $4, gateway_order_id = $5 WHERE id = $1`,
    [id, scope.merchant, scope.mode, scope.orderKey, scope.gatewayOrderId],
  );
}

/** Ends a message that was sent or suppressed. Changes nothing when the lease was lost. */
export async function endNotification(
  db: DataSource,
  id: string,
  lease: string,
  result: SendResult,
): Promise<void> {
  const { status, reason, reference } = { reason: null, reference: null, ...result };
  await db.query(
    `UPDATE notifications SET status = $3, reason = $4, reference = $5,
       sent_at = CASE WHEN $3 = 'sent' THEN now() END, lease = NULL, leased_until = NULL, last_error = NULL
     WHERE id = $1 AND lease = $2`,
    [id, lease, status, reason, reference],
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
): Promise<void> {
  await manager.query(`UPDATE notifications SET status = $2, sent_at = now() WHERE id = $1`, [id, status]);
}

/** The kind, the status and the times of a message stay. To whom it went and what it said is erased. */
const ERASED_COLUMNS = 'recipient = NULL, subject = NULL, text = NULL, html = NULL';

/** Erases at most `limit` messages created before `before`. Pending messages are kept. Returns how many were erased. */
export async function eraseCreatedBefore(
  manager: EntityManager,
  before: Date,
  limit: number,
): Promise<number> {
  const [, erased] = await manager.query<[unknown, number]>(
    `UPDATE notifications SET ${ERASED_COLUMNS} WHERE id IN (
       SELECT id FROM notifications WHERE text IS NOT NULL AND status <> 'pending' AND created_at < $1
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
     WHERE payment_id = ANY($1) AND (recipient IS NOT NULL OR text IS NOT NULL)`,
    [paymentIds],
  );
  return erased;
}
