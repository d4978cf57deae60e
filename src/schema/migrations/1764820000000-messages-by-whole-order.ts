import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The key of an order now includes the merchant and the mode, and an order is also found by the gateway's order id. A
 * message of 0.1 counts for every merchant (`*`), because 0.1 did not store one. Its mode and gateway order are those of
 * its payment. A process of 0.1 that still runs goes on writing messages without these columns.
 */
export class MessagesByWholeOrder1764820000000 implements MigrationInterface {
  name = 'MessagesByWholeOrder1764820000000';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      ALTER TABLE notifications
        ADD COLUMN merchant text NOT NULL DEFAULT '*',
        ADD COLUMN mode text NOT NULL DEFAULT '*',
        ADD COLUMN gateway_order_id text`);
    await db.query(`
      UPDATE notifications message SET mode = payment.mode,
        gateway_order_id = CASE WHEN message.kind = 'payment_failed' THEN payment.gateway_order_id END
      FROM payments payment WHERE payment.id = message.payment_id`);
    // Version 0.1 may have confirmed one gateway order twice, under two order ids. The first message gets the new key.
    await db.query(`
      UPDATE notifications message SET gateway_order_id = first.gateway_order_id
      FROM (
        SELECT DISTINCT ON (payment.gateway, payment.account, payment.mode, payment.gateway_order_id)
          received.id, payment.gateway_order_id
        FROM notifications received JOIN payments payment ON payment.id = received.payment_id
        WHERE received.kind = 'payment_received' AND payment.gateway_order_id IS NOT NULL
        ORDER BY payment.gateway, payment.account, payment.mode, payment.gateway_order_id, received.id) AS first
      WHERE message.id = first.id`);
    await db.query(`DROP INDEX uq_notifications_received_once`);
    await db.query(`
      CREATE UNIQUE INDEX uq_notifications_received_once ON notifications (gateway, account, merchant, mode, order_key)
      WHERE kind = 'payment_received'`);
    await db.query(`
      CREATE UNIQUE INDEX uq_notifications_received_once_by_gateway_order
      ON notifications (gateway, account, merchant, mode, gateway_order_id) WHERE kind = 'payment_received'`);
    await db.query(`
      CREATE INDEX ix_notifications_gateway_order ON notifications (gateway, account, gateway_order_id)
      WHERE gateway_order_id is not null`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`DROP INDEX ix_notifications_gateway_order`);
    await db.query(`DROP INDEX uq_notifications_received_once_by_gateway_order`);
    await db.query(`DROP INDEX uq_notifications_received_once`);
    // Version 0.1 allows one confirmation for an order, whatever its merchant and mode. The first of several stays.
    await db.query(`
      DELETE FROM notifications message USING notifications earlier
      WHERE message.kind = 'payment_received' AND earlier.kind = 'payment_received' AND earlier.id < message.id
        AND (earlier.gateway, earlier.account, earlier.order_key) = (message.gateway, message.account, message.order_key)`);
    await db.query(`
      CREATE UNIQUE INDEX uq_notifications_received_once ON notifications (gateway, account, order_key)
      WHERE kind = 'payment_received'`);
    await db.query(`
      ALTER TABLE notifications DROP COLUMN merchant, DROP COLUMN mode, DROP COLUMN gateway_order_id`);
  }
}
