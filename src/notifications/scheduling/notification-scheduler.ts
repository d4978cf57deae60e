import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { toArrayLiteral } from '../../platform/database/columns.js';
import { AfterCommit } from '../../platform/database/after-commit.js';
import { newId } from '../../platform/database/new-id.js';
import type { PaymentSnapshot } from '../../payments/index.js';
import { CHANNEL, type Channel } from '../channels/channel.js';
import type { NotificationKind } from '../notification.entity.js';
import { messagesInScope, ALERT_SCOPE_PARAMETERS, alertScopeOf, alertScopeParameters } from './order-key.js';

/** The ids by which an alert that was sent knew its order. */
export interface AlertedOrder {
  orderKey: string;
  gatewayOrderId: string | null;
}

export interface NotificationRequest {
  kind: NotificationKind;
  /** With payment and kind, what makes a message the only one of its sort. */
  attemptKey: string;
  payment: PaymentSnapshot;
  settleSeconds: number;
  /**
   * The order to count the message by, where it answers an alert: two payments that know the order by different ids
   * then reserve the same message.
   */
  order?: AlertedOrder;
}

/** What was said of a payment's order before. */
export interface OrderHistory {
  /** The first alert that was sent. */
  alert: AlertedOrder | null;
  /** An alert is being sent at this moment. */
  inFlight: boolean;
  /** That the money came was said, or is about to be. */
  reassured: boolean;
}

/** Messages are there to be sent. */
export const notificationsScheduled = new AfterCommit();

/** One look in the index for each: joined, the planner may rather read all messages there are. */
const ALERTED = `SELECT DISTINCT given.payment_id
  FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[])
    AS given (payment_id, gateway, account, merchant, mode, order_key, gateway_order_id)
  CROSS JOIN LATERAL (
    SELECT FROM ${messagesInScope(
      {
        gateway: 'given.gateway',
        account: 'given.account',
        merchant: 'given.merchant',
        mode: 'given.mode',
        gatewayOrderId: 'given.gateway_order_id',
        keys: `ARRAY[given.order_key, given.gateway_order_id, 'payment:' || given.payment_id]`,
      },
      '1',
      `kind = 'payment_failed' AND status IN ('sent', 'pending')`,
    )} AS messages LIMIT 1) AS alert`;

const HISTORY = `WITH messages AS ${messagesInScope(
  ALERT_SCOPE_PARAMETERS,
  'id, kind, status, lease, order_key, gateway_order_id',
  'true',
)}
  SELECT coalesce(bool_or(kind = 'payment_failed' AND status = 'pending' AND lease IS NOT NULL), false) AS "inFlight",
    coalesce(bool_or(kind = 'payment_received'), false) AS reassured,
    (SELECT json_build_object('orderKey', order_key, 'gatewayOrderId', gateway_order_id) FROM messages
       WHERE kind = 'payment_failed' AND status = 'sent' ORDER BY id LIMIT 1) AS alert
  FROM messages`;

/** Reserves messages: one for each attempt and order, however often the handlers run. */
@Injectable()
export class NotificationScheduler {
  constructor(@Inject(CHANNEL) private readonly channel: Channel) {}

  async schedule(manager: EntityManager, reservations: readonly NotificationRequest[]): Promise<void> {
    if (reservations.length === 0) return;
    const rows = reservations.map(({ kind, attemptKey, payment, settleSeconds, order }) => {
      const own = alertScopeOf(payment);
      return {
        id: newId(),
        kind,
        payment_id: payment.paymentId,
        attempt_key: attemptKey,
        gateway: own.gateway,
        account: own.account,
        merchant: own.merchant,
        mode: own.mode,
        order_key: order?.orderKey ?? own.orderKey,
        gateway_order_id: order ? order.gatewayOrderId : own.gatewayOrderId,
        occurred_at: payment.occurredAt,
        settle: settleSeconds,
      };
    });
    await manager.query(
      // No target: the key of the attempt and the keys of the order all mean "reserved already". In one order of
      // keys, so that two processes that reserve the same never wait in a circle.
      `INSERT INTO notifications (id, kind, payment_id, attempt_key, gateway, account, merchant, mode, order_key,
         gateway_order_id, channel, status, occurred_at, created_at, due_at, attempts)
       SELECT id, kind, payment_id, attempt_key, gateway, account, merchant, mode, order_key, gateway_order_id, $2,
         'pending', occurred_at, now(), now() + settle * interval '1 second', 0
       FROM json_to_recordset($1::json) AS given (id uuid, kind text, payment_id uuid, attempt_key text, gateway text,
         account text, merchant text, mode text, order_key text, gateway_order_id text, occurred_at timestamptz,
         settle integer)
       ORDER BY payment_id, attempt_key
       ON CONFLICT DO NOTHING`,
      [JSON.stringify(rows), this.channel.name],
    );
    notificationsScheduled.notify(manager);
  }

  /** Of these payments, those whose order has an alert that is not known to have been kept back. */
  async findAlerted(
    manager: EntityManager,
    payments: readonly PaymentSnapshot[],
  ): Promise<ReadonlySet<string>> {
    if (payments.length === 0) return new Set();
    const orders = payments.map(alertScopeOf);
    const rows = await manager.query<{ payment_id: string }[]>(ALERTED, [
      toArrayLiteral(payments.map(({ paymentId }) => paymentId)),
      toArrayLiteral(orders.map(({ gateway }) => gateway)),
      toArrayLiteral(orders.map(({ account }) => account)),
      toArrayLiteral(orders.map(({ merchant }) => merchant)),
      toArrayLiteral(orders.map(({ mode }) => mode)),
      toArrayLiteral(orders.map(({ orderKey }) => orderKey)),
      toArrayLiteral(orders.map(({ gatewayOrderId }) => gatewayOrderId)),
    ]);
    return new Set(rows.map((row) => row.payment_id));
  }

  /** What was said of the payment's order, under whichever of its ids it was known then. */
  async findOrderHistory(manager: EntityManager, payment: PaymentSnapshot): Promise<OrderHistory> {
    const [row] = await manager.query<OrderHistory[]>(HISTORY, alertScopeParameters(alertScopeOf(payment)));
    return row ?? { alert: null, inFlight: false, reassured: false };
  }
}
