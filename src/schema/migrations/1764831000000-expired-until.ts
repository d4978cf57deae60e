import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Up to when what was received of a payment has expired. Unlike `expired_at` no later report clears it, so neither a
 * rebuild nor a replay takes in again what has expired. What had expired before this migration keeps the moment it did.
 */
export class ExpiredUntil1764831000000 implements MigrationInterface {
  name = 'ExpiredUntil1764831000000';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`ALTER TABLE payments ADD COLUMN expired_until timestamptz`);
    await db.query(`UPDATE payments SET expired_until = expired_at WHERE expired_at IS NOT NULL`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`ALTER TABLE payments DROP COLUMN expired_until`);
  }
}
