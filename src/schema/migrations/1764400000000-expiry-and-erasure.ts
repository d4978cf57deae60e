import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The columns that record an expiry or an erasure, and the indexes that find rows to expire. Each index has only rows
 * that have not expired. A delivery enters its index when it is processed, so the intake has no additional cost.
 */
export class ExpiryAndErasure1764400000000 implements MigrationInterface {
  name = 'ExpiryAndErasure1764400000000';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`ALTER TABLE payments ADD COLUMN expired_at timestamptz`);
    await db.query(`ALTER TABLE payments ADD COLUMN erased_at timestamptz`);
    await db.query(
      `CREATE INDEX ix_deliveries_expiring ON deliveries (received_at) WHERE raw is not null and status in ('processed', 'ignored')`,
    );
    await db.query(
      `CREATE INDEX ix_payments_expiring ON payments (created_at) WHERE expired_at is null and erased_at is null`,
    );
    await db.query(
      `CREATE INDEX ix_payments_erased ON payments (gateway, account, gateway_payment_id) WHERE erased_at is not null`,
    );
    await db.query(
      `CREATE INDEX ix_notifications_expiring ON notifications (created_at) WHERE text is not null`,
    );
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`DROP INDEX ix_notifications_expiring`);
    await db.query(`DROP INDEX ix_payments_erased`);
    await db.query(`DROP INDEX ix_payments_expiring`);
    await db.query(`DROP INDEX ix_deliveries_expiring`);
    await db.query(`ALTER TABLE payments DROP COLUMN erased_at`);
    await db.query(`ALTER TABLE payments DROP COLUMN expired_at`);
  }
}
