import type { MigrationInterface, QueryRunner } from 'typeorm';
import { buildIndex, dropIndex } from './build-index.js';

/**
 * The list of ignored deliveries reads those alone. An endpoint that is subscribed to little has few of them, and without
 * the index a page of them read a whole table of 1,000,000 deliveries (2 to 3 s). Only a delivery that is ignored pays
 * for its entry. The index is built beside writers.
 */
export class IgnoredDeliveries1765080000000 implements MigrationInterface {
  name = 'IgnoredDeliveries1765080000000';
  transaction = false;

  async up(db: QueryRunner): Promise<void> {
    await buildIndex(db, 'ix_deliveries_ignored', 'INDEX', `deliveries (id) WHERE status = 'ignored'`);
  }

  async down(db: QueryRunner): Promise<void> {
    await dropIndex(db, 'ix_deliveries_ignored');
  }
}
