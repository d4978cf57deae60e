import type { MigrationInterface, QueryRunner } from 'typeorm';

/** `/stats` and `/metrics` count dead notifications. Without an index each count reads the whole table. */
export class DeadNotifications1764850000000 implements MigrationInterface {
  name = 'DeadNotifications1764850000000';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`CREATE INDEX ix_notifications_dead ON notifications (id) WHERE status = 'dead'`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`DROP INDEX ix_notifications_dead`);
  }
}
