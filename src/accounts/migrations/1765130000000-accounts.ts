import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Customer accounts, the words that they follow from, and the changes that they do not know yet. */
export class Accounts1765130000000 implements MigrationInterface {
  name = 'Accounts1765130000000';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE accounts (
        id uuid NOT NULL,
        mode text NOT NULL,
        merchant text NOT NULL,
        customer_id text NOT NULL,
        status text,
        derived text,
        since timestamptz,
        grace_ends_at timestamptz,
        last_payment_id uuid,
        held_at timestamptz,
        told_status text,
        updated_at timestamptz NOT NULL,
        CONSTRAINT pk_accounts PRIMARY KEY (id),
        CONSTRAINT uq_accounts_customer UNIQUE (customer_id, merchant, mode),
        CONSTRAINT ck_accounts_mode CHECK (mode IN ('live', 'test')),
        CONSTRAINT ck_accounts_status CHECK (status IN ('active', 'past_due', 'suspended', 'held')),
        CONSTRAINT ck_accounts_derived CHECK (derived IN ('active', 'past_due', 'suspended'))
      )`);
    await db.query(`CREATE INDEX ix_accounts_status ON accounts (merchant, mode, status, id)`);
    await db.query(
      `CREATE INDEX ix_accounts_grace ON accounts (grace_ends_at) WHERE grace_ends_at is not null`,
    );
    await db.query(`CREATE INDEX ix_accounts_expiring ON accounts (updated_at)`);
    await db.query(`
      CREATE TABLE account_words (
        payment_id uuid NOT NULL,
        report_id uuid NOT NULL,
        kind text NOT NULL,
        account_id uuid NOT NULL,
        at timestamptz NOT NULL,
        rank smallint NOT NULL,
        told jsonb NOT NULL,
        CONSTRAINT pk_account_words PRIMARY KEY (payment_id, report_id, kind),
        CONSTRAINT ck_account_words_kind CHECK (kind IN ('failure', 'success', 'paid', 'refund', 'dispute',
          'restored'))
      )`);
    await db.query(`CREATE INDEX ix_account_words_account ON account_words (account_id, at)`);
    await db.query(`
      CREATE TABLE account_work (
        id uuid NOT NULL,
        payment_id uuid NOT NULL,
        silent boolean NOT NULL,
        previous_mode text,
        previous_merchant text,
        previous_order_id text,
        attempts integer NOT NULL DEFAULT 0,
        retry_at timestamptz,
        CONSTRAINT pk_account_work PRIMARY KEY (id)
      )`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`DROP TABLE account_work`);
    await db.query(`DROP TABLE account_words`);
    await db.query(`DROP TABLE accounts`);
  }
}
