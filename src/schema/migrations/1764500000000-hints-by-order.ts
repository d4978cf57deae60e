import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Few pending deliveries are hints, and hints are searched often. The index finds them without reading the others. */
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
