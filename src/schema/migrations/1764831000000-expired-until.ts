import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Personal data of reports received until this time has expired. A later report clears `expired_at` and not this column,
 * so a rebuild or a replay does not bring expired data back. Payments that had expired keep the time of their expiry.
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
