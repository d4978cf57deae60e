import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * A delivery may have been found by a reconciliation, or be a shop's question about a payment. The wider constraint is added as NOT VALID, which locks the table
 * for an instant, and validated afterwards, beside readers and writers. A run that stops between the two starts again.
 */
export class ReconciledDeliveries1765010000000 implements MigrationInterface {
  name = 'ReconciledDeliveries1765010000000';
  transaction = false;

  async up(db: QueryRunner): Promise<void> {
    await replaceCheck(db, `provenance IN ('received', 'fetched', 'reconciled', 'confirmed')`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`UPDATE deliveries SET provenance = 'fetched' WHERE provenance = 'reconciled'`);
    await db.query(`UPDATE deliveries SET provenance = 'received' WHERE provenance = 'confirmed'`);
    await replaceCheck(db, `provenance IN ('received', 'fetched')`);
  }
}

async function replaceCheck(db: QueryRunner, condition: string): Promise<void> {
  await db.query(`ALTER TABLE deliveries DROP CONSTRAINT IF EXISTS ck_deliveries_provenance,
    ADD CONSTRAINT ck_deliveries_provenance CHECK (${condition}) NOT VALID`);
  await db.query(`ALTER TABLE deliveries VALIDATE CONSTRAINT ck_deliveries_provenance`);
}
