import type { EntityManager } from 'typeorm';
import { jsonArraySql, toArrayLiteral, toJsonColumn } from '../platform/database/columns.js';
import { prepared } from '../platform/database/prepared.js';
import { toStoredReason } from '../platform/database/stored-text.js';
import type { FrozenFacts } from './messages/message.js';
import type { NotificationKind } from './kinds/message-kinds.js';
import type { PaymentOrderIds, StoredScope } from './scheduling/order-key.js';

/*
 * The statements that decide on a set of messages: one reads and locks what is due, two write what was decided.
 */

/** A pending message that is being decided. */
export interface DueMessage {
  id: string;
  kind: NotificationKind;
  attemptKey: string;
  channel: string;
  paymentId: string;
  occurredAt: Date;
  /** Attempts before this one. */
  attempts: number;
  /** The message is older than `ALERT_MAX_AGE_HOURS`. */
  isTooOld: boolean;
  /** The order as the message was stored under it. */
  stored: StoredScope;
  /** The order as the payment says it now. Null where there is no such payment. */
  order: PaymentOrderIds | null;
}

type Row = Omit<DueMessage, 'stored'> & StoredScope;

// LATERAL with LIMIT makes one look-up by the primary key for each message, whatever the statistics say.
const withOrders = (messages: string): string => `WITH messages AS MATERIALIZED (${messages})
  SELECT messages.id, kind, attempt_key AS "attemptKey", channel, payment_id AS "paymentId",
    occurred_at AS "occurredAt", attempts,
    created_at < now() - $1 * interval '1 hour' AS "isTooOld", gateway, account, merchant, mode,
    order_key AS "orderKey", gateway_order_id AS "gatewayOrderId", payment.ids AS order
  FROM messages LEFT JOIN LATERAL (
    SELECT json_build_object('paymentId', id, 'gateway', gateway, 'account', account, 'merchant', merchant,
      'mode', mode, 'orderId', order_id, 'gatewayOrderId', gateway_order_id) AS ids
    FROM payments WHERE id = messages.payment_id LIMIT 1) AS payment ON true
  ORDER BY messages.id`;

const DUE = `status = 'pending' AND due_at <= now() AND (leased_until IS NULL OR leased_until < now())`;

const LOCK_DUE = prepared(
  withOrders(
    `SELECT * FROM notifications WHERE channel = $3 AND ${DUE} ORDER BY due_at LIMIT $2 FOR UPDATE SKIP LOCKED`,
  ),
);

const toDueMessage = (row: Row): DueMessage => {
  const { gateway, account, merchant, mode, orderKey, gatewayOrderId, ...message } = row;
  return { ...message, stored: { gateway, account, merchant, mode, orderKey, gatewayOrderId } };
};

/**
 * Locks the messages that are due on a channel, the longest due first, until the transaction ends, and returns them in
 * the order of their ids. Messages that another transaction has locked are left out.
 */
export async function lockDueMessages(
  manager: EntityManager,
  channel: string,
  limit: number,
  maxAgeHours: number,
): Promise<DueMessage[]> {
  return (await manager.query<Row[]>(LOCK_DUE, [maxAgeHours, limit, channel])).map(toDueMessage);
}

/** One of the messages that are due, or none where it no longer is, or another transaction has locked it. */
export async function lockDueMessage(
  manager: EntityManager,
  id: string,
  maxAgeHours: number,
): Promise<DueMessage[]> {
  const one = `SELECT * FROM notifications WHERE id = $2 AND ${DUE} FOR UPDATE SKIP LOCKED`;
  return (await manager.query<Row[]>(withOrders(one), [maxAgeHours, id])).map(toDueMessage);
}

/** A message as it is, for a dry run. */
export async function readMessage(manager: EntityManager, id: string): Promise<DueMessage[]> {
  return (await manager.query<Row[]>(withOrders('SELECT * FROM notifications WHERE id = $2'), [0, id])).map(
    toDueMessage,
  );
}

/** What goes out, or would if the channel sent anything. */
export interface DecidedMessage {
  id: string;
  /** By what alerts to the customer are counted; null where nothing is known. */
  recipient: string | null;
  facts: FrozenFacts;
  /** The order that the message counts for from now on. */
  scope: StoredScope;
}

/** What a decision means for the rows: a process sends the messages, or they end at once. */
export type DecidedEnd =
  { kind: 'leased'; lease: string; leaseMs: number } | { kind: 'suppressed'; reason: string };

// More ids of an order may be known than when an alert was scheduled, so its columns are written again. A text that an
// earlier version rendered would hide the facts.
const SAVE_DECIDED = `UPDATE notifications AS message SET attempts = attempts + 1,
    recipient = given.recipient,
    locale = given.facts ->> 'locale', facts = given.facts, subject = NULL, text = NULL, html = NULL,
    merchant = given.merchant, mode = given.mode, order_key = given.order_key,
    gateway_order_id = given.gateway_order_id, status = $8, reason = $9, lease = $10,
    leased_until = now() + $11 * interval '1 millisecond',
    last_error = CASE WHEN $8 = 'pending' THEN last_error END
  FROM unnest($1::uuid[], $2::text[], ${jsonArraySql(3)}, $4::text[], $5::text[], $6::text[], $7::text[])
    AS given (id, recipient, facts, merchant, mode, order_key, gateway_order_id)
  WHERE message.id = given.id`;

/** Writes to whom the messages go and what they say, with the end or the lease. */
export async function saveDecided(
  manager: EntityManager,
  messages: readonly DecidedMessage[],
  end: DecidedEnd,
): Promise<void> {
  if (messages.length === 0) return;
  await manager.query(SAVE_DECIDED, [
    toArrayLiteral(messages.map(({ id }) => id)),
    toArrayLiteral(messages.map(({ recipient }) => recipient)),
    toJsonColumn(messages.map(({ facts }) => facts)),
    toArrayLiteral(messages.map(({ scope }) => scope.merchant)),
    toArrayLiteral(messages.map(({ scope }) => scope.mode)),
    toArrayLiteral(messages.map(({ scope }) => scope.orderKey)),
    toArrayLiteral(messages.map(({ scope }) => scope.gatewayOrderId)),
    ...(end.kind === 'leased'
      ? ['pending', null, end.lease, end.leaseMs]
      : ['suppressed', end.reason, null, null]),
  ]);
}

/** A message that does not go out now. */
export interface HeldBackMessage {
  id: string;
  status: 'pending' | 'suppressed' | 'dead';
  /** Why it is suppressed. */
  reason: string | null;
  /** Why it could not be decided. */
  error: string | null;
  /** False for a message that waits: nothing was tried. */
  counted: boolean;
  /** When it is due again. */
  delayMs: number;
}

const SAVE_HELD_BACK = `UPDATE notifications AS message SET status = given.status, reason = given.reason,
    attempts = attempts + given.counted::integer, recipient = NULL, lease = NULL, leased_until = NULL,
    due_at = CASE WHEN given.status = 'pending' THEN now() + given.delay_ms * interval '1 millisecond' ELSE due_at END,
    last_error = CASE WHEN given.status <> 'suppressed' THEN coalesce(given.error, last_error) END
  FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::boolean[], $6::float8[])
    AS given (id, status, reason, error, counted, delay_ms)
  WHERE message.id = given.id`;

export async function saveHeldBack(
  manager: EntityManager,
  messages: readonly HeldBackMessage[],
): Promise<void> {
  if (messages.length === 0) return;
  const column = (name: keyof HeldBackMessage): string =>
    toArrayLiteral(messages.map((message) => message[name]));
  await manager.query(SAVE_HELD_BACK, [
    column('id'),
    column('status'),
    column('reason'),
    toArrayLiteral(messages.map(({ error }) => toStoredReason(error))),
    column('counted'),
    column('delayMs'),
  ]);
}
