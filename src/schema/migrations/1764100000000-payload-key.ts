import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The name of the key that encrypts a payload. Null means not encrypted, as in every existing row. */
export class PayloadKey1764100000000 implements MigrationInterface {
  name = 'PayloadKey1764100000000';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`ALTER TABLE deliveries ADD COLUMN payload_key text`);
    // Finds payloads under an older key. The index is empty where no key is configured.
    await db.query(
      `CREATE INDEX ix_deliveries_payload_key ON deliveries (payload_key, id) WHERE payload_key IS NOT NULL`,
    );
  }

  /** Encrypted payloads look like plain ones afterwards. Nothing may be encrypted before this migration is reverted. */
  async down(db: QueryRunner): Promise<void> {
    await db.query(`DROP INDEX ix_deliveries_payload_key`);
    await db.query(`ALTER TABLE deliveries DROP COLUMN payload_key`);
  }
}
