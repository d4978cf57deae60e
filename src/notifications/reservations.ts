import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { arrayOf } from '../database/columns.js';
import { CommitSignal } from '../database/commit-signal.js';
import { newId } from '../database/new-id.js';
import type { PaymentSnapshot } from '../payments/index.js';
import { CHANNEL, type Channel } from './channels/channel.js';
import type { NotificationKind } from './notification.entity.js';
import { orderKeyOf } from './order-key.js';

export interface Reservation {
  kind: NotificationKind;
  /** With payment and kind, what makes a message the only one of its sort. */
  attemptKey: string;
  payment: PaymentSnapshot;
  settleSeconds: number;
}

/** Messages are there to be sent. */
export const messagesReserved = new CommitSignal();

/** One look in the index for each: joined, the planner may rather read all messages there are. */
const ALERTED = `SELECT DISTINCT given.payment_id
  FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[]) AS given (payment_id, gateway, account, order_key)
  CROSS JOIN LATERAL (
    SELECT FROM notifications
    WHERE gateway = given.gateway AND account = given.account AND order_key = given.order_key
      AND kind = 'payment_failed' AND status IN ('sent', 'pending') LIMIT 1) AS alert`;

/** Reserves messages: one for each attempt and order, however often the handlers run. */
@Injectable()
export class Reservations {
  constructor(@Inject(CHANNEL) private readonly channel: Channel) {}

  async reserve(manager: EntityManager, reservations: readonly Reservation[]): Promise<void> {
    if (reservations.length === 0) return;
    const rows = reservations.map(({ kind, attemptKey, payment, settleSeconds }) => ({
      id: newId(),
      kind,
      payment_id: payment.paymentId,
      attempt_key: attemptKey,
      gateway: payment.gateway,
      account: payment.account,
      order_key: orderKeyOf(payment),
      occurred_at: payment.occurredAt,
      settle: settleSeconds,
    }));
    await manager.query(
      // No target: the key of the attempt and the key of the order both mean "reserved already". In one order of
      // keys, so that two processes that reserve the same never wait in a circle.
      `INSERT INTO notifications (id, kind, payment_id, attempt_key, gateway, account, order_key, channel, status,
         occurred_at, created_at, due_at, attempts)
       SELECT id, kind, payment_id, attempt_key, gateway, account, order_key, $2, 'pending', occurred_at, now(),
         now() + settle * interval '1 second', 0
       FROM json_to_recordset($1::json) AS given (id uuid, kind text, payment_id uuid, attempt_key text, gateway text,
         account text, order_key text, occurred_at timestamptz, settle integer)
       ORDER BY payment_id, attempt_key
       ON CONFLICT DO NOTHING`,
      [JSON.stringify(rows), this.channel.name],
    );
    messagesReserved.raise(manager);
  }

  /** Of these payments, those whose order has an alert that is not known to have been kept back. */
  async alerted(manager: EntityManager, payments: readonly PaymentSnapshot[]): Promise<ReadonlySet<string>> {
    if (payments.length === 0) return new Set();
    const orders = payments.flatMap((payment) =>
      [orderKeyOf(payment), orderKeyOf({ ...payment, orderId: null })].map((orderKey) => ({
        payment_id: payment.paymentId,
        gateway: payment.gateway,
        account: payment.account,
        order_key: orderKey,
      })),
    );
    const column = (name: keyof (typeof orders)[number]): string =>
      arrayOf(orders.map((order) => order[name]));
    const rows = await manager.query<{ payment_id: string }[]>(ALERTED, [
      column('payment_id'),
      column('gateway'),
      column('account'),
      column('order_key'),
    ]);
    return new Set(rows.map((row) => row.payment_id));
  }

  /**
   * Whether an alert of the payment's order was sent, and whether one is being sent at this moment. An alert sent
   * before the order was known was counted by the payment.
   */
  async alertsOf(
    manager: EntityManager,
    payment: PaymentSnapshot,
  ): Promise<{ sent: boolean; inFlight: boolean }> {
    const [row] = await manager.query<{ sent: boolean; in_flight: boolean }[]>(
      `SELECT coalesce(bool_or(status = 'sent'), false) AS sent,
         coalesce(bool_or(status = 'pending' AND lease IS NOT NULL), false) AS in_flight
       FROM notifications WHERE gateway = $1 AND account = $2 AND order_key IN ($3, $4) AND kind = 'payment_failed'`,
      [payment.gateway, payment.account, orderKeyOf(payment), orderKeyOf({ ...payment, orderId: null })],
    );
    return { sent: row?.sent ?? false, inFlight: row?.in_flight ?? false };
  }
}
