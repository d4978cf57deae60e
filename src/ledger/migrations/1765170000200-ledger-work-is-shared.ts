import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The changes that wait move to the table that all features share. */
export class LedgerWorkIsShared1765170000200 implements MigrationInterface {
  name = 'LedgerWorkIsShared1765170000200';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`LOCK TABLE ledger_work IN ACCESS EXCLUSIVE MODE`);
    await db.query(`
      INSERT INTO feature_work (feature, id, payment_ids, silent)
      SELECT 'ledger', id, ARRAY[payment_id], false FROM ledger_work`);
    await db.query(`DROP TABLE ledger_work`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE ledger_work (
        id uuid NOT NULL,
        payment_id uuid NOT NULL,
        CONSTRAINT pk_ledger_work PRIMARY KEY (id)
      )`);
    await db.query(`
      INSERT INTO ledger_work (id, payment_id)
      SELECT gen_random_uuid(), payment_id
      FROM feature_work CROSS JOIN LATERAL unnest(payment_ids) AS payment_id WHERE feature = 'ledger'`);
    await db.query(`DELETE FROM feature_work WHERE feature = 'ledger'`);
  }
}
