import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Ledger accounts stay, as their entries do. Their balances change. */
export class LedgerAccountsKept1765070000100 implements MigrationInterface {
  name = 'LedgerAccountsKept1765070000100';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE FUNCTION ledger_keep_accounts() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        RAISE EXCEPTION 'ledger accounts are kept: % is refused', TG_OP
          USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = TG_NAME;
      END $$`);
    await db.query(`
      CREATE TRIGGER tr_ledger_accounts_kept BEFORE DELETE OR TRUNCATE ON ledger_accounts
      FOR EACH STATEMENT EXECUTE FUNCTION ledger_keep_accounts()`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`DROP TRIGGER tr_ledger_accounts_kept ON ledger_accounts`);
    await db.query(`DROP FUNCTION ledger_keep_accounts()`);
  }
}
