import type { MigrationInterface, QueryRunner } from 'typeorm';
import { buildIndex, columnsOfConstraint } from './build-index.js';

/**
 * The primary key of a report begins with its delivery, so that the reports of a delivery are found without a further
 * index. A report is never looked up by its id alone.
 *
 * The new index is built beside readers and writers. The exchange of the keys locks the table for an instant. A run that
 * stops half way goes on where it stopped. A process of an earlier version that still runs works on, but reads the whole
 * table when a late report changes the outcome of an earlier one.
 */
export class ReportsByDelivery1764930000000 implements MigrationInterface {
  name = 'ReportsByDelivery1764930000000';
  transaction = false;

  up(db: QueryRunner): Promise<void> {
    return exchangeKey(db, ['delivery_id', 'id']);
  }

  down(db: QueryRunner): Promise<void> {
    return exchangeKey(db, ['id']);
  }
}

async function exchangeKey(db: QueryRunner, columns: readonly string[]): Promise<void> {
  const present = await columnsOfConstraint(db, 'payment_reports', 'pk_payment_reports');
  if (present?.join() === columns.join()) return;
  const index = `pk_payment_reports_${columns.length}`;
  await buildIndex(db, index, `UNIQUE INDEX`, `payment_reports (${columns.join(', ')})`);
  await db.query(`
    ALTER TABLE payment_reports
      DROP CONSTRAINT IF EXISTS pk_payment_reports,
      ADD CONSTRAINT pk_payment_reports PRIMARY KEY USING INDEX ${index}`);
}
