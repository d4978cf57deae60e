import type { MigrationInterface, QueryRunner } from 'typeorm';

export class FirstSchema1764000000000 implements MigrationInterface {
  name = 'FirstSchema1764000000000';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE deliveries (
        id uuid NOT NULL,
        gateway text NOT NULL,
        account text NOT NULL,
        key text NOT NULL,
        event_id text,
        event_type text,
        provenance text NOT NULL,
        caused_by uuid,
        verdict text NOT NULL,
        status text NOT NULL,
        attempts integer NOT NULL,
        receipts integer NOT NULL,
        replay boolean NOT NULL,
        silent boolean NOT NULL,
        headers jsonb NOT NULL,
        raw bytea,
        errors jsonb,
        hint_order text,
        last_error text,
        received_at timestamptz NOT NULL,
        processed_at timestamptz,
        next_attempt_at timestamptz NOT NULL,
        leased_until timestamptz,
        lease uuid,
        CONSTRAINT pk_deliveries PRIMARY KEY (id),
        CONSTRAINT uq_deliveries_key UNIQUE (gateway, account, key)
      )`);
    await db.query(
      `CREATE INDEX ix_deliveries_pending ON deliveries (next_attempt_at) WHERE status = 'pending'`,
    );
    await db.query(
      `CREATE INDEX ix_deliveries_stuck ON deliveries (status, id) WHERE status in ('parked', 'dead')`,
    );
    await db.query(`
      CREATE TABLE refusal_counts (
        gateway text NOT NULL,
        reason text NOT NULL,
        count bigint NOT NULL,
        CONSTRAINT pk_refusal_counts PRIMARY KEY (gateway, reason)
      )`);
    await db.query(`
      CREATE TABLE payments (
        id uuid NOT NULL,
        gateway text NOT NULL,
        account text NOT NULL,
        gateway_payment_id text NOT NULL,
        gateway_order_id text,
        order_id text,
        mode text NOT NULL,
        status text NOT NULL,
        state text NOT NULL,
        currency text,
        amount numeric,
        amount_captured numeric,
        amount_refunded numeric NOT NULL,
        amount_disputed numeric NOT NULL,
        refunds jsonb NOT NULL,
        disputes jsonb NOT NULL,
        failure jsonb,
        customer_id text,
        customer_email text,
        customer_phone text,
        customer_name text,
        customer_locale text,
        fold jsonb NOT NULL,
        published_failures jsonb NOT NULL,
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL,
        CONSTRAINT pk_payments PRIMARY KEY (id),
        CONSTRAINT uq_payments_gateway_payment UNIQUE (gateway, account, gateway_payment_id)
      )`);
    await db.query(`CREATE INDEX ix_payments_order ON payments (gateway, account, order_id)`);
    await db.query(`CREATE INDEX ix_payments_gateway_order ON payments (gateway, account, gateway_order_id)`);
    await db.query(`CREATE INDEX ix_payments_customer_email ON payments (customer_email)`);
    await db.query(`CREATE INDEX ix_payments_customer_id ON payments (customer_id)`);
    await db.query(`CREATE INDEX ix_payments_customer_phone ON payments (customer_phone)`);
    await db.query(`
      CREATE TABLE payment_reports (
        id uuid NOT NULL,
        payment_id uuid NOT NULL,
        delivery_id uuid NOT NULL,
        key text NOT NULL,
        event_id text NOT NULL,
        type text NOT NULL,
        kind text NOT NULL,
        occurred_at timestamptz NOT NULL,
        received_at timestamptz NOT NULL,
        late boolean NOT NULL,
        outcome text NOT NULL,
        told jsonb NOT NULL,
        CONSTRAINT pk_payment_reports PRIMARY KEY (id),
        CONSTRAINT uq_payment_reports_key UNIQUE (payment_id, key),
        CONSTRAINT fk_payment_reports_payment FOREIGN KEY (payment_id) REFERENCES payments (id)
      )`);
    await db.query(`
      CREATE TABLE domain_events (
        id uuid NOT NULL,
        name text NOT NULL,
        subject_id uuid NOT NULL,
        cause_id uuid NOT NULL,
        silent boolean NOT NULL,
        payload jsonb NOT NULL,
        created_at timestamptz NOT NULL,
        CONSTRAINT pk_domain_events PRIMARY KEY (id),
        CONSTRAINT uq_domain_events_once UNIQUE (subject_id, name, cause_id)
      )`);
    await db.query(`
      CREATE TABLE handler_runs (
        event_id uuid NOT NULL,
        handler text NOT NULL,
        status text NOT NULL,
        attempts integer NOT NULL,
        next_attempt_at timestamptz NOT NULL,
        leased_until timestamptz,
        lease uuid,
        last_error text,
        CONSTRAINT pk_handler_runs PRIMARY KEY (event_id, handler),
        CONSTRAINT fk_handler_runs_event FOREIGN KEY (event_id) REFERENCES domain_events (id)
      )`);
    await db.query(
      `CREATE INDEX ix_handler_runs_pending ON handler_runs (next_attempt_at) WHERE status = 'pending'`,
    );
    await db.query(`CREATE INDEX ix_handler_runs_dead ON handler_runs (event_id) WHERE status = 'dead'`);
    await db.query(`
      CREATE TABLE notifications (
        id uuid NOT NULL,
        kind text NOT NULL,
        payment_id uuid NOT NULL,
        attempt_key text NOT NULL,
        gateway text NOT NULL,
        account text NOT NULL,
        order_key text NOT NULL,
        channel text NOT NULL,
        recipient text,
        locale text,
        status text NOT NULL,
        reason text,
        occurred_at timestamptz NOT NULL,
        created_at timestamptz NOT NULL,
        due_at timestamptz NOT NULL,
        sent_at timestamptz,
        attempts integer NOT NULL,
        subject text,
        text text,
        html text,
        reference text,
        last_error text,
        leased_until timestamptz,
        lease uuid,
        CONSTRAINT pk_notifications PRIMARY KEY (id),
        CONSTRAINT uq_notifications_once UNIQUE (payment_id, kind, attempt_key)
      )`);
    await db.query(
      `CREATE UNIQUE INDEX uq_notifications_received_once ON notifications (gateway, account, order_key) WHERE kind = 'payment_received'`,
    );
    await db.query(`CREATE INDEX ix_notifications_order ON notifications (gateway, account, order_key)`);
    await db.query(
      `CREATE INDEX ix_notifications_pending ON notifications (due_at) WHERE status = 'pending'`,
    );
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`DROP TABLE notifications`);
    await db.query(`DROP TABLE handler_runs`);
    await db.query(`DROP TABLE domain_events`);
    await db.query(`DROP TABLE payment_reports`);
    await db.query(`DROP TABLE payments`);
    await db.query(`DROP TABLE refusal_counts`);
    await db.query(`DROP TABLE deliveries`);
  }
}
