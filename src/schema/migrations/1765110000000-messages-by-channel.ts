import type { MigrationInterface, QueryRunner } from 'typeorm';
import { buildIndex, columnsOfConstraint, replaceIndex } from './build-index.js';

/**
 * A message is unique on each channel, and each channel finds what is due on it (docs/adr/0030). The new keys hold for
 * every stored row, because each of them is wider than the one that it replaces.
 *
 * Every index is built beside readers and writers. The exchange of the unique key locks the table for an instant. A run
 * that stops half way goes on where it stopped.
 */
export class MessagesByChannel1765110000000 implements MigrationInterface {
  name = 'MessagesByChannel1765110000000';
  transaction = false;

  async up(db: QueryRunner): Promise<void> {
    await exchangeKey(db, [...ONCE, 'channel']);
    for (const [name, columns] of Object.entries(RECEIVED_ONCE))
      await replaceIndex(db, name, receivedOnce([...columns, 'channel']), 'UNIQUE INDEX');
    await replaceIndex(db, PENDING, `notifications (channel, due_at) WHERE status = 'pending'`);
  }

  /** The version before knows one message for an attempt and for an order. The first of several stays. */
  async down(db: QueryRunner): Promise<void> {
    await replaceIndex(db, PENDING, `notifications (due_at) WHERE status = 'pending'`);
    for (const [name, columns] of Object.entries(RECEIVED_ONCE)) {
      await keepFirst(db, columns, `message.kind = 'payment_received' AND earlier.kind = 'payment_received'`);
      await replaceIndex(db, name, receivedOnce(columns), 'UNIQUE INDEX');
    }
    await keepFirst(db, ONCE, 'true');
    await exchangeKey(db, ONCE);
  }
}

const PENDING = 'ix_notifications_pending';

/** The columns of each key, without the channel. */
const ONCE = ['payment_id', 'kind', 'attempt_key'];
const RECEIVED_ONCE: Readonly<Record<string, readonly string[]>> = {
  uq_notifications_received_once: ['gateway', 'account', 'merchant', 'mode', 'order_key'],
  uq_notifications_received_once_by_gateway_order: [
    ...['gateway', 'account', 'merchant', 'mode', 'gateway_order_id'],
  ],
};

const receivedOnce = (columns: readonly string[]): string =>
  `notifications (${columns.join(', ')}) WHERE kind = 'payment_received'`;

async function exchangeKey(db: QueryRunner, columns: readonly string[]): Promise<void> {
  const present = await columnsOfConstraint(db, 'notifications', 'uq_notifications_once');
  if (present?.join() === columns.join()) return;
  const index = `uq_notifications_once_by_${columns.at(-1) ?? ''}`;
  await buildIndex(db, index, 'UNIQUE INDEX', `notifications (${columns.join(', ')})`);
  await db.query(`
    ALTER TABLE notifications
      DROP CONSTRAINT IF EXISTS uq_notifications_once,
      ADD CONSTRAINT uq_notifications_once UNIQUE USING INDEX ${index}`);
}

async function keepFirst(db: QueryRunner, columns: readonly string[], where: string): Promise<void> {
  const same = columns.map((column) => `earlier.${column} = message.${column}`).join(' AND ');
  await db.query(`
    DELETE FROM notifications message USING notifications earlier
    WHERE ${where} AND earlier.id < message.id AND ${same}`);
}
