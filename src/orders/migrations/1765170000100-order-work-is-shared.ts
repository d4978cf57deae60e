import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The changes that wait move to the table that all features share. */
export class OrderWorkIsShared1765170000100 implements MigrationInterface {
  name = 'OrderWorkIsShared1765170000100';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`LOCK TABLE order_work IN ACCESS EXCLUSIVE MODE`);
    await db.query(`
      INSERT INTO feature_work (feature, id, payment_ids, silent, previous_mode, previous_merchant, previous_order_id, attempts, retry_at)
      SELECT 'orders', id, ARRAY[payment_id], silent, previous_mode, previous_merchant, previous_order_id, attempts, retry_at FROM order_work`);
    await db.query(`DROP TABLE order_work`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE order_work (
        id uuid NOT NULL,
        payment_id uuid NOT NULL,
        silent boolean NOT NULL,
        previous_mode text,
        previous_merchant text,
        previous_order_id text,
        attempts integer NOT NULL DEFAULT 0,
        retry_at timestamptz,
        CONSTRAINT pk_order_work PRIMARY KEY (id)
      )`);
    await db.query(`
      INSERT INTO order_work (id, payment_id, silent, previous_mode, previous_merchant, previous_order_id, attempts, retry_at)
      SELECT gen_random_uuid(), payment_id, silent, previous_mode, previous_merchant, previous_order_id, attempts, retry_at
      FROM feature_work CROSS JOIN LATERAL unnest(payment_ids) AS payment_id WHERE feature = 'orders'`);
    await db.query(`DELETE FROM feature_work WHERE feature = 'orders'`);
  }
}
