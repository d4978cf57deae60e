import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Hints are few among what is pending: they are looked for often, and must be found without reading the rest. */
export class HintsByOrder1764500000000 implements MigrationInterface {
  name = 'HintsByOrder1764500000000';

  async up(db: QueryRunner): Promise<void> {
    await db.query(
      `CREATE INDEX ix_deliveries_hints ON deliveries (gateway, account, hint_order)
       WHERE status = 'pending' AND hint_order IS NOT NULL`,
    );
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`DROP INDEX ix_deliveries_hints`);
  }
}
