import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Finds a customer by address in any case and by phone in any spelling. The tail of a phone is its last 8 digits without
 * leading zeros. The expressions must equal those of `customer-search.store.ts`, or the planner does not use the indexes.
 */
export class CustomersByContact1764830000000 implements MigrationInterface {
  name = 'CustomersByContact1764830000000';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`DROP INDEX ix_payments_customer_email`);
    await db.query(`DROP INDEX ix_payments_customer_phone`);
    await db.query(`CREATE INDEX ix_payments_customer_email ON payments (lower(btrim(customer_email)))`);
    await db.query(
      `CREATE INDEX ix_payments_customer_phone ON payments (
         right(ltrim(regexp_replace(replace(customer_phone, '(0)', ''), '[^0-9]', '', 'g'), '0'), 8), customer_phone)`,
    );
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`DROP INDEX ix_payments_customer_phone`);
    await db.query(`DROP INDEX ix_payments_customer_email`);
    await db.query(`CREATE INDEX ix_payments_customer_email ON payments (customer_email)`);
    await db.query(`CREATE INDEX ix_payments_customer_phone ON payments (customer_phone)`);
  }
}
