import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Orders under dunning, and the changes of payments that their dunning does not know yet. */
export class DunnedOrders1765120000000 implements MigrationInterface {
  name = 'DunnedOrders1765120000000';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE dunned_orders (
        id uuid NOT NULL,
        order_id text NOT NULL,
        mode text NOT NULL,
        merchant text NOT NULL,
        payment_id uuid NOT NULL,
        gateway text NOT NULL,
        started_at timestamptz NOT NULL,
        day double precision,
        due_at timestamptz NOT NULL,
        CONSTRAINT pk_dunned_orders PRIMARY KEY (id),
        CONSTRAINT uq_dunned_orders_order UNIQUE (order_id, merchant, mode),
        CONSTRAINT ck_dunned_orders_mode CHECK (mode IN ('live', 'test'))
      )`);
    await db.query(`CREATE INDEX ix_dunned_orders_due ON dunned_orders (due_at)`);
    await db.query(`
      CREATE TABLE dunning_work (
        id uuid NOT NULL,
        payment_id uuid NOT NULL,
        starts boolean NOT NULL,
        previous_mode text,
        previous_merchant text,
        previous_order_id text,
        attempts integer NOT NULL DEFAULT 0,
        retry_at timestamptz,
        CONSTRAINT pk_dunning_work PRIMARY KEY (id)
      )`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`DROP TABLE dunning_work`);
    await db.query(`DROP TABLE dunned_orders`);
  }
}
