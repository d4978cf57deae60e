import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The reason is in docs/adr/0007-reports-have-no-foreign-key.md. */
export class ReportsWithoutForeignKey1764700000000 implements MigrationInterface {
  name = 'ReportsWithoutForeignKey1764700000000';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`ALTER TABLE payment_reports DROP CONSTRAINT fk_payment_reports_payment`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(
      `ALTER TABLE payment_reports ADD CONSTRAINT fk_payment_reports_payment
       FOREIGN KEY (payment_id) REFERENCES payments (id)`,
    );
  }
}
