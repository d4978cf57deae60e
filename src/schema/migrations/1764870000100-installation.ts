import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * A table with one row, which the service writes when it first needs it. It has random values that all processes share.
 * Fingerprints of secrets that were made without a key can be guessed by trying secrets. They are deleted, and with them
 * the time when each secret last matched.
 */
export class Installation1764870000100 implements MigrationInterface {
  name = 'Installation1764870000100';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE installation (
        id smallint NOT NULL,
        mark_key bytea NOT NULL,
        CONSTRAINT pk_installation PRIMARY KEY (id),
        CONSTRAINT ck_installation_one CHECK (id = 1)
      )`);
    await db.query(`DELETE FROM secret_uses`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`DELETE FROM secret_uses`);
    await db.query(`DROP TABLE installation`);
  }
}
