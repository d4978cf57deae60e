import type { MigrationInterface, QueryRunner } from 'typeorm';

export class RefusalsAndSecretUses1764200000000 implements MigrationInterface {
  name = 'RefusalsAndSecretUses1764200000000';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE refusals (
        id uuid NOT NULL,
        gateway text NOT NULL,
        account text,
        reason text NOT NULL,
        verdict jsonb NOT NULL,
        address text,
        size integer,
        body bytea,
        received_at timestamptz NOT NULL,
        CONSTRAINT pk_refusals PRIMARY KEY (id)
      )`);
    await db.query(`
      CREATE TABLE secret_uses (
        gateway text NOT NULL,
        account text NOT NULL,
        mark text NOT NULL,
        last_matched_at timestamptz NOT NULL,
        CONSTRAINT pk_secret_uses PRIMARY KEY (gateway, account, mark)
      )`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`DROP TABLE secret_uses`);
    await db.query(`DROP TABLE refusals`);
  }
}
