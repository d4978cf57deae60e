import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The name of the key that encrypts the stored part of a refused body. Null means not encrypted. */
export class RefusedBodiesSealed1764832000000 implements MigrationInterface {
  name = 'RefusedBodiesSealed1764832000000';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`ALTER TABLE refusals ADD COLUMN body_key text`);
  }

  /** Encrypted bodies would look like plain ones afterwards. They are deleted, because refused bodies prove nothing. */
  async down(db: QueryRunner): Promise<void> {
    await db.query(`UPDATE refusals SET body = NULL WHERE body_key IS NOT NULL`);
    await db.query(`ALTER TABLE refusals DROP COLUMN body_key`);
  }
}
