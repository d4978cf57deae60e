import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Which key a payload is encrypted under. Null, as for every row there was: none. */
export class PayloadKey1764100000000 implements MigrationInterface {
  name = 'PayloadKey1764100000000';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`ALTER TABLE deliveries ADD COLUMN payload_key text`);
    // Finds what older keys still hold. Costs nothing where no key is configured.
    await db.query(
      `CREATE INDEX ix_deliveries_payload_key ON deliveries (payload_key, id) WHERE payload_key IS NOT NULL`,
    );
  }

  /** Encrypted payloads cannot be told from plain ones afterwards: seal nothing before going back. */
  async down(db: QueryRunner): Promise<void> {
    await db.query(`DROP INDEX ix_deliveries_payload_key`);
    await db.query(`ALTER TABLE deliveries DROP COLUMN payload_key`);
  }
}
