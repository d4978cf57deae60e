import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Mails to the operator, each once. */
export class OperatorNotices1765050000100 implements MigrationInterface {
  name = 'OperatorNotices1765050000100';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE operator_notices (
        id uuid NOT NULL,
        key text NOT NULL,
        content jsonb NOT NULL,
        status text NOT NULL,
        reason text,
        attempts integer NOT NULL,
        due_at timestamptz NOT NULL,
        created_at timestamptz NOT NULL,
        sent_at timestamptz,
        lease uuid,
        leased_until timestamptz,
        last_error text,
        CONSTRAINT pk_operator_notices PRIMARY KEY (id),
        CONSTRAINT uq_operator_notices_key UNIQUE (key),
        CONSTRAINT ck_operator_notices_status CHECK (status IN ('pending', 'sent', 'suppressed', 'dead'))
      )`);
    await db.query(`CREATE INDEX ix_operator_notices_open ON operator_notices (status, due_at)`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`DROP TABLE operator_notices`);
  }
}
