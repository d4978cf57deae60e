import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * A message may also be a receipt, a note about a refund or a reminder. The wider constraint is added as NOT VALID, which
 * locks the table for an instant, and validated afterwards, beside readers and writers. A run that stops between the two
 * starts again.
 */
export class KindsOfMessages1765100000000 implements MigrationInterface {
  name = 'KindsOfMessages1765100000000';
  transaction = false;

  async up(db: QueryRunner): Promise<void> {
    await replaceCheck(
      db,
      `kind IN ('payment_failed', 'payment_received', 'receipt', 'refund_note', 'reminder')`,
    );
  }

  /** An earlier version cannot name the new kinds, so their messages are deleted. */
  async down(db: QueryRunner): Promise<void> {
    await db.query(`DELETE FROM notifications WHERE kind NOT IN ('payment_failed', 'payment_received')`);
    await replaceCheck(db, `kind IN ('payment_failed', 'payment_received')`);
  }
}

async function replaceCheck(db: QueryRunner, condition: string): Promise<void> {
  await db.query(`ALTER TABLE notifications DROP CONSTRAINT IF EXISTS ck_notifications_kind,
    ADD CONSTRAINT ck_notifications_kind CHECK (${condition}) NOT VALID`);
  await db.query(`ALTER TABLE notifications VALIDATE CONSTRAINT ck_notifications_kind`);
}
