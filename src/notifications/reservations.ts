import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
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

/** Reserves messages: one for each attempt and order, however often the handlers run. */
@Injectable()
export class Reservations {
  constructor(@Inject(CHANNEL) private readonly channel: Channel) {}

  async reserve(
    manager: EntityManager,
    { kind, attemptKey, payment, settleSeconds }: Reservation,
  ): Promise<void> {
    await manager.query(
      // No target: the key of the attempt and the key of the order both mean "reserved already".
      `INSERT INTO notifications (id, kind, payment_id, attempt_key, gateway, account, order_key, channel, status,
         occurred_at, created_at, due_at, attempts)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'pending', $9, now(), now() + $10 * interval '1 second', 0)
       ON CONFLICT DO NOTHING`,
      [
        uuidv7(),
        kind,
        payment.paymentId,
        attemptKey,
        payment.gateway,
        payment.account,
        orderKeyOf(payment),
        this.channel.name,
        payment.occurredAt,
        settleSeconds,
      ],
    );
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
