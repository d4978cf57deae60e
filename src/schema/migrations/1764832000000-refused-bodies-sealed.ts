import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Which key the kept part of a refused body is encrypted under. Null, as for every row there was: none. */
export class RefusedBodiesSealed1764832000000 implements MigrationInterface {
  name = 'RefusedBodiesSealed1764832000000';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`ALTER TABLE refusals ADD COLUMN body_key text`);
  }

  /** Encrypted bodies cannot be told from plain ones afterwards, and nobody vouches for them: they go. */
  async down(db: QueryRunner): Promise<void> {
    await db.query(`UPDATE refusals SET body = NULL WHERE body_key IS NOT NULL`);
    await db.query(`ALTER TABLE refusals DROP COLUMN body_key`);
  }
}
