import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The defaults are constants, so no row is rewritten, whatever the size of the table. */
export class BoundedFaults1764870000000 implements MigrationInterface {
  name = 'BoundedFaults1764870000000';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      ALTER TABLE deliveries
        ADD COLUMN more_errors integer NOT NULL DEFAULT 0,
        ADD COLUMN partial boolean NOT NULL DEFAULT false`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`ALTER TABLE deliveries DROP COLUMN more_errors, DROP COLUMN partial`);
  }
}
