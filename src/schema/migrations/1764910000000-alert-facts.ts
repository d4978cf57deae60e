import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * A message is stored as the facts that it is rendered from, and retention finds messages with facts. Each step locks
 * the table for an instant or not at all, so that a running version goes on writing: the index is built beside the old
 * one, and then takes its name. A run that stops half way goes on where it stopped.
 */
export class AlertFacts1764910000000 implements MigrationInterface {
  name = 'AlertFacts1764910000000';
  transaction = false;

  async up(db: QueryRunner): Promise<void> {
    await db.query(`ALTER TABLE notifications ADD COLUMN IF NOT EXISTS facts jsonb`);
    // What an interrupted run left may be invalid.
    await db.query(`DROP INDEX CONCURRENTLY IF EXISTS ix_notifications_expiring_next`);
    await db.query(`CREATE INDEX CONCURRENTLY ix_notifications_expiring_next ON notifications (created_at)
      WHERE text IS NOT NULL OR facts IS NOT NULL`);
    await db.query(`DROP INDEX CONCURRENTLY IF EXISTS ix_notifications_expiring`);
    await db.query(`ALTER INDEX ix_notifications_expiring_next RENAME TO ix_notifications_expiring`);
  }

  /**
   * Messages that were not sent lose their text; what was sent has its text. TypeORM runs it in a transaction, so that the
   * table is locked while the index is built.
   */
  async down(db: QueryRunner): Promise<void> {
    await db.query(`DROP INDEX ix_notifications_expiring`);
    await db.query(`ALTER TABLE notifications DROP COLUMN facts`);
    await db.query(
      `CREATE INDEX ix_notifications_expiring ON notifications (created_at) WHERE text IS NOT NULL`,
    );
  }
}
