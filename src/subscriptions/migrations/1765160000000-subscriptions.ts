import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Subscribers, what was sent to them, and which process sends. */
export class Subscriptions1765160000000 implements MigrationInterface {
  name = 'Subscriptions1765160000000';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE subscriptions (
        id uuid NOT NULL,
        url text NOT NULL,
        topics jsonb NOT NULL,
        filter jsonb NOT NULL,
        ordered boolean NOT NULL,
        include_customer boolean NOT NULL,
        max_in_flight integer NOT NULL,
        rate_per_second integer NOT NULL,
        description text,
        secret text NOT NULL,
        previous_secret text,
        previous_secret_until timestamptz,
        status text NOT NULL,
        status_reason text,
        challenge text NOT NULL,
        challenge_attempts integer NOT NULL,
        challenge_due_at timestamptz,
        challenge_until timestamptz NOT NULL,
        challenge_error text,
        position bigint,
        redeliver_after bigint,
        redeliver_until bigint,
        dead_in_a_row integer NOT NULL,
        last_success_at timestamptz,
        failing_since timestamptz,
        confirmed_at timestamptz,
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL,
        CONSTRAINT pk_subscriptions PRIMARY KEY (id),
        CONSTRAINT ck_subscriptions_status CHECK (status IN ('unconfirmed', 'active', 'paused', 'ended')),
        CONSTRAINT ck_subscriptions_limits CHECK (max_in_flight > 0 AND rate_per_second > 0)
      )`);
    await db.query(
      `CREATE INDEX ix_subscriptions_challenge ON subscriptions (challenge_due_at) WHERE challenge_due_at is not null`,
    );
    await db.query(`
      CREATE TABLE dispatches (
        id uuid NOT NULL,
        subscription_id uuid NOT NULL,
        event_id uuid NOT NULL,
        event_name text NOT NULL,
        subject_id uuid NOT NULL,
        payment_id uuid,
        sequence bigint NOT NULL,
        status text NOT NULL,
        attempts integer NOT NULL,
        due_at timestamptz,
        http_status integer,
        reason text,
        answer text,
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL,
        CONSTRAINT pk_dispatches PRIMARY KEY (id),
        CONSTRAINT uq_dispatches_event UNIQUE (subscription_id, event_id),
        CONSTRAINT ck_dispatches_status CHECK (status IN ('pending', 'delivered', 'dead'))
      )`);
    await db.query(`CREATE INDEX ix_dispatches_subscription ON dispatches (subscription_id, id)`);
    await db.query(
      `CREATE INDEX ix_dispatches_due ON dispatches (subscription_id, due_at)
       WHERE status = 'pending' AND due_at IS NOT NULL`,
    );
    await db.query(
      `CREATE INDEX ix_dispatches_subject ON dispatches (subscription_id, subject_id, sequence) WHERE status = 'pending'`,
    );
    await db.query(
      `CREATE INDEX ix_dispatches_pending ON dispatches (subscription_id, id) WHERE status = 'pending'`,
    );
    await db.query(
      `CREATE INDEX ix_dispatches_dead ON dispatches (subscription_id, id) WHERE status = 'dead'`,
    );
    await db.query(
      `CREATE INDEX ix_dispatches_answers ON dispatches (payment_id) WHERE answer IS NOT NULL AND payment_id IS NOT NULL`,
    );
    await db.query(`CREATE INDEX ix_dispatches_updated ON dispatches (updated_at)`);
    await db.query(`
      CREATE TABLE dispatch_runner (
        single boolean NOT NULL,
        process uuid,
        until timestamptz NOT NULL,
        CONSTRAINT pk_dispatch_runner PRIMARY KEY (single),
        CONSTRAINT ck_dispatch_runner_single CHECK (single)
      )`);
    await db.query(`INSERT INTO dispatch_runner (single, process, until) VALUES (true, NULL, now())`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`DROP TABLE dispatch_runner`);
    await db.query(`DROP TABLE dispatches`);
    await db.query(`DROP TABLE subscriptions`);
  }
}
