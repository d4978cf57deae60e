import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Orders, and the changes of payments that they do not know yet. */
export class Orders1765060000000 implements MigrationInterface {
  name = 'Orders1765060000000';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE orders (
        id uuid NOT NULL,
        order_id text NOT NULL,
        mode text NOT NULL,
        merchant text NOT NULL,
        registered boolean NOT NULL,
        amount numeric,
        currency text,
        gateway text,
        account text,
        expires_at timestamptz,
        customer_id text,
        customer_email text,
        customer_phone text,
        customer_name text,
        customer_locale text,
        metadata jsonb,
        personal boolean NOT NULL,
        canceled_at timestamptz,
        settlement jsonb,
        status text NOT NULL,
        flags jsonb NOT NULL,
        amount_paid numeric NOT NULL,
        amount_refunded numeric NOT NULL,
        due_at timestamptz,
        published jsonb NOT NULL,
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL,
        erased_at timestamptz,
        cleared_at timestamptz,
        CONSTRAINT pk_orders PRIMARY KEY (id),
        CONSTRAINT uq_orders_order UNIQUE (order_id, merchant, mode),
        CONSTRAINT ck_orders_mode CHECK (mode IN ('live', 'test')),
        CONSTRAINT ck_orders_status CHECK (status IN ('open', 'overdue', 'paid', 'partially_paid',
          'partially_refunded', 'refunded', 'canceled', 'disputed', 'flagged')),
        CONSTRAINT ck_orders_amounts CHECK (amount > 0 AND amount_paid >= 0 AND amount_refunded >= 0),
        CONSTRAINT ck_orders_registered CHECK (registered = (amount IS NOT NULL))
      )`);
    await db.query(`CREATE INDEX ix_orders_status ON orders (merchant, mode, status, id)`);
    await db.query(`CREATE INDEX ix_orders_due ON orders (due_at) WHERE due_at is not null`);
    await db.query(
      `CREATE INDEX ix_orders_customer_id ON orders (customer_id) WHERE customer_id is not null`,
    );
    await db.query(`
      CREATE INDEX ix_orders_customer_email ON orders (lower(btrim(customer_email)))
      WHERE customer_email is not null`);
    await db.query(`
      CREATE INDEX ix_orders_customer_phone ON orders (regexp_replace(customer_phone, '\\D', '', 'g'))
      WHERE customer_phone is not null`);
    await db.query(`CREATE INDEX ix_orders_expiring ON orders (updated_at) WHERE personal`);
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
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`DROP TABLE order_work`);
    await db.query(`DROP TABLE orders`);
  }
}
