import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The books: ledger accounts, entries that are only ever added, and the payments that wait to be booked. */
export class Ledger1765070000000 implements MigrationInterface {
  name = 'Ledger1765070000000';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE ledger_accounts (
        id integer GENERATED ALWAYS AS IDENTITY,
        name text NOT NULL,
        gateway text NOT NULL,
        account text NOT NULL,
        mode text NOT NULL,
        merchant text NOT NULL,
        currency text NOT NULL,
        balance numeric NOT NULL,
        CONSTRAINT pk_ledger_accounts PRIMARY KEY (id),
        CONSTRAINT uq_ledger_accounts UNIQUE (name, gateway, account, mode, merchant, currency),
        CONSTRAINT ck_ledger_accounts_mode CHECK (mode IN ('live', 'test')),
        CONSTRAINT ck_ledger_accounts_name CHECK (name <> '')
      ) WITH (fillfactor = 50)`);
    await db.query(`
      CREATE TABLE ledger_entries (
        id uuid NOT NULL,
        transaction_id uuid NOT NULL,
        ledger_account_id integer NOT NULL,
        payment_id uuid NOT NULL,
        amount numeric NOT NULL,
        cause text NOT NULL,
        cause_id uuid NOT NULL,
        occurred_at timestamptz NOT NULL,
        corrects uuid,
        CONSTRAINT pk_ledger_entries PRIMARY KEY (id),
        CONSTRAINT ck_ledger_entries_amount CHECK (amount <> 0)
      )`);
    await db.query(`CREATE INDEX ix_ledger_entries_payment ON ledger_entries (payment_id, id)`);
    await db.query(
      `CREATE INDEX ix_ledger_entries_account ON ledger_entries (ledger_account_id, id) INCLUDE (amount)`,
    );
    await db.query(
      `CREATE TABLE ledger_work (id uuid NOT NULL, payment_id uuid NOT NULL, CONSTRAINT pk_ledger_work PRIMARY KEY (id))`,
    );
    await db.query(REFUSE_CHANGES);
    await db.query(`
      CREATE TRIGGER tr_ledger_entries_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_entries
      FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_changes()`);
    await db.query(CHECK_TRANSACTION);
    await db.query(`
      CREATE CONSTRAINT TRIGGER ct_ledger_entries_sum_to_zero AFTER INSERT ON ledger_entries
      DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_check_transaction()`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`DROP TABLE ledger_work, ledger_entries, ledger_accounts`);
    await db.query(`DROP FUNCTION ledger_check_transaction(), ledger_refuse_changes()`);
  }
}

const REFUSE_CHANGES = `
  CREATE FUNCTION ledger_refuse_changes() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    RAISE EXCEPTION 'entries of the ledger are only added: % is refused', TG_OP
      USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = TG_NAME;
  END $$`;

/** The index on payments finds the entries of the transaction: all of them are of one payment. */
const CHECK_TRANSACTION = `
  CREATE FUNCTION ledger_check_transaction() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    IF EXISTS (
      SELECT FROM ledger_entries entry LEFT JOIN ledger_accounts account ON account.id = entry.ledger_account_id
      WHERE entry.payment_id = NEW.payment_id AND entry.transaction_id = NEW.transaction_id
      GROUP BY account.mode, account.merchant, account.currency
      HAVING sum(entry.amount) <> 0 OR bool_or(account.id IS NULL)
    ) THEN
      RAISE EXCEPTION 'the entries of the transaction % do not sum to zero', NEW.transaction_id
        USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = TG_NAME;
    END IF;
    RETURN NULL;
  END $$`;
