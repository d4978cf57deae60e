import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Facts of a payment that version 0.1 did not have. The defaults are constants, so no row is rewritten. A process of 0.1
 * that still runs goes on writing payments without these columns.
 */
export class CapturesReversalsFeesMerchants1764800000000 implements MigrationInterface {
  name = 'CapturesReversalsFeesMerchants1764800000000';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      ALTER TABLE payments
        ADD COLUMN merchant text,
        ADD COLUMN amount_reversed numeric NOT NULL DEFAULT 0,
        ADD COLUMN captures jsonb NOT NULL DEFAULT '[]',
        ADD COLUMN fee jsonb`);
    await db.query(`CREATE INDEX ix_payments_merchant ON payments (merchant, id) WHERE merchant is not null`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`DROP INDEX ix_payments_merchant`);
    await db.query(`
      ALTER TABLE payments
        DROP COLUMN merchant,
        DROP COLUMN amount_reversed,
        DROP COLUMN captures,
        DROP COLUMN fee`);
  }
}
