import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * An event may leave its payload to the next event of the same subject and cause. Existing rows stay as they are. The
 * table is locked for an instant.
 */
export class SharedPayloads1764930100000 implements MigrationInterface {
  name = 'SharedPayloads1764930100000';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`ALTER TABLE domain_events ALTER COLUMN payload DROP NOT NULL`);
  }

  /** Gives every event its payload, in one statement: webhooks wait for it. */
  async down(db: QueryRunner): Promise<void> {
    await db.query(`
      UPDATE domain_events event SET payload = holder.payload FROM domain_events holder
      WHERE event.payload IS NULL AND holder.payload IS NOT NULL AND holder.id = (
        SELECT id FROM domain_events WHERE subject_id = event.subject_id AND cause_id = event.cause_id
          AND id > event.id AND payload IS NOT NULL ORDER BY id LIMIT 1)`);
    await db.query(`ALTER TABLE domain_events ALTER COLUMN payload SET NOT NULL`);
  }
}
