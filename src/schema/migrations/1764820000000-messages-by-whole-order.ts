import type { MigrationInterface, QueryRunner } from 'typeorm';
import { buildIndex, replaceIndex } from './build-index.js';

/**
 * The key of an order now includes the merchant and the mode, and an order is also found by the gateway's order id. A
 * message of 0.1 counts for every merchant (`*`), because 0.1 did not store one. Its mode and gateway order are those of
 * its payment. A process of 0.1 that still runs goes on writing messages without these columns.
 *
 * Rows are filled in steps of one commit each, and indexes are built beside readers and writers: the columns alone lock the
 * table, for an instant. A run that stops half way goes on where it stopped.
 */
export class MessagesByWholeOrder1764820000000 implements MigrationInterface {
  name = 'MessagesByWholeOrder1764820000000';
  transaction = false;

  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      ALTER TABLE notifications
        ADD COLUMN IF NOT EXISTS merchant text NOT NULL DEFAULT '*',
        ADD COLUMN IF NOT EXISTS mode text NOT NULL DEFAULT '*',
        ADD COLUMN IF NOT EXISTS gateway_order_id text`);
    for (let after: string | null = NO_ID; after !== null;) after = await fillStep(db, after);
    await db.query(FILL_FIRST_RECEIVED);
    for (const [name, columns] of Object.entries(RECEIVED_ONCE))
      await replaceIndex(
        db,
        name,
        `notifications (${columns}) WHERE kind = 'payment_received'`,
        'UNIQUE INDEX',
      );
    await buildIndex(
      db,
      'ix_notifications_gateway_order',
      'INDEX',
      'notifications (gateway, account, gateway_order_id) WHERE gateway_order_id is not null',
    );
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

const NO_ID = '00000000-0000-0000-0000-000000000000';
const LAST_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';
/** Rows that one statement locks: 5,000 take about 0.1 s. */
const ROWS_PER_STEP = 5_000;

const RECEIVED_ONCE: Readonly<Record<string, string>> = {
  uq_notifications_received_once: 'gateway, account, merchant, mode, order_key',
  uq_notifications_received_once_by_gateway_order: 'gateway, account, merchant, mode, gateway_order_id',
};

/** Fills the next rows behind the id `after`, and resolves with the id of the last; null where no row is left. */
async function fillStep(db: QueryRunner, after: string): Promise<string | null> {
  const [last] = (await db.query(
    `SELECT id FROM notifications WHERE id > $1 ORDER BY id OFFSET ${ROWS_PER_STEP - 1} LIMIT 1`,
    [after],
  )) as { id: string }[];
  await db.query(FILL_STEP, [after, last?.id ?? LAST_ID]);
  return last?.id ?? null;
}

const FILL_STEP = `UPDATE notifications message SET mode = payment.mode,
    gateway_order_id = CASE WHEN message.kind = 'payment_failed' THEN payment.gateway_order_id END
  FROM payments payment
  WHERE message.id > $1 AND message.id <= $2 AND message.mode = '*' AND payment.id = message.payment_id`;

/** Version 0.1 may have confirmed one gateway order twice, under two order ids. The first message gets the new key. */
const FILL_FIRST_RECEIVED = `UPDATE notifications message SET gateway_order_id = first.gateway_order_id
  FROM (
    SELECT DISTINCT ON (payment.gateway, payment.account, payment.mode, payment.gateway_order_id)
      received.id, payment.gateway_order_id
    FROM notifications received JOIN payments payment ON payment.id = received.payment_id
    WHERE received.kind = 'payment_received' AND payment.gateway_order_id IS NOT NULL
    ORDER BY payment.gateway, payment.account, payment.mode, payment.gateway_order_id, received.id) AS first
  WHERE message.id = first.id AND message.gateway_order_id IS NULL`;
