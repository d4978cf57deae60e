import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The runs of reconciliation, what each found, and what a run under way has seen. New tables only. */
export class Reconciliations1765040000000 implements MigrationInterface {
  name = 'Reconciliations1765040000000';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE reconciliations (
        id uuid NOT NULL,
        gateway text NOT NULL,
        account text NOT NULL,
        origin text NOT NULL,
        dry_run boolean NOT NULL,
        since timestamptz NOT NULL,
        until timestamptz NOT NULL,
        status text NOT NULL,
        position jsonb NOT NULL,
        asked_until uuid,
        covered_until timestamptz,
        missing integer NOT NULL DEFAULT 0,
        different integer NOT NULL DEFAULT 0,
        same integer NOT NULL DEFAULT 0,
        problems integer NOT NULL DEFAULT 0,
        requests integer NOT NULL DEFAULT 0,
        attempts integer NOT NULL DEFAULT 0,
        due_at timestamptz NOT NULL,
        paced_until timestamptz,
        leased_until timestamptz,
        lease uuid,
        last_error text,
        created_at timestamptz NOT NULL,
        finished_at timestamptz,
        CONSTRAINT pk_reconciliations PRIMARY KEY (id),
        CONSTRAINT ck_reconciliations_origin CHECK (origin IN ('operator', 'command', 'schedule')),
        CONSTRAINT ck_reconciliations_status CHECK (status IN ('pending', 'completed', 'failed')),
        CONSTRAINT ck_reconciliations_counts CHECK (missing >= 0 AND different >= 0 AND same >= 0 AND problems >= 0
          AND requests >= 0)
      )`);
    await db.query(
      `CREATE UNIQUE INDEX uq_reconciliations_running ON reconciliations (gateway, account) WHERE status = 'pending'`,
    );
    await db.query(
      `CREATE INDEX ix_reconciliations_of_account ON reconciliations (gateway, account, created_at)`,
    );
    await db.query(`
      CREATE TABLE reconciliation_items (
        reconciliation_id uuid NOT NULL,
        number integer NOT NULL,
        kind text NOT NULL,
        what text NOT NULL,
        object_id text NOT NULL,
        gateway_payment_id text,
        payment_id uuid,
        delivery_id uuid,
        difference text NOT NULL,
        CONSTRAINT pk_reconciliation_items PRIMARY KEY (reconciliation_id, number),
        CONSTRAINT uq_reconciliation_items_object UNIQUE (reconciliation_id, what, object_id),
        CONSTRAINT ck_reconciliation_items_kind
          CHECK (kind IN ('missing', 'different', 'parked', 'unanswered', 'unknown', 'contradicting'))
      )`);
    await db.query(`
      CREATE TABLE reconciliation_sightings (
        reconciliation_id uuid NOT NULL,
        name text NOT NULL,
        CONSTRAINT pk_reconciliation_sightings PRIMARY KEY (reconciliation_id, name)
      )`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`DROP TABLE reconciliation_sightings, reconciliation_items, reconciliations`);
  }
}
