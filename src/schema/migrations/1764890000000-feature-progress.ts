import type { MigrationInterface, QueryRunner } from 'typeorm';

/** How far each feature that was added later has taken in the payments that were there before it. */
export class FeatureProgress1764890000000 implements MigrationInterface {
  name = 'FeatureProgress1764890000000';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE feature_progress (
        feature text NOT NULL,
        last_payment_id uuid,
        finished_at timestamptz,
        CONSTRAINT pk_feature_progress PRIMARY KEY (feature)
      )`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`DROP TABLE feature_progress`);
  }
}
