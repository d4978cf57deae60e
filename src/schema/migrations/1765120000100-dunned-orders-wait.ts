import type { MigrationInterface, QueryRunner } from 'typeorm';

/** An order whose reminder could not be scheduled waits before that is tried again. */
export class DunnedOrdersWait1765120000100 implements MigrationInterface {
  name = 'DunnedOrdersWait1765120000100';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`ALTER TABLE dunned_orders
      ADD COLUMN attempts integer NOT NULL DEFAULT 0, ADD COLUMN retry_at timestamptz`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`ALTER TABLE dunned_orders DROP COLUMN attempts, DROP COLUMN retry_at`);
  }
}
