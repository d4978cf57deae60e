import type { MigrationInterface, QueryRunner } from 'typeorm';
import { buildIndex, dropIndex } from './build-index.js';

/**
 * The primary key finds the deliveries of a day, because their ids are ordered by time. This index holds the few whose id
 * is of another moment than their receipt. It is built beside readers and writers, which takes some 6 s for 1,000,000
 * deliveries. A run that stops half way goes on where it stopped.
 */
export class DeliveriesByDay1764900000100 implements MigrationInterface {
  name = 'DeliveriesByDay1764900000100';
  transaction = false;

  async up(db: QueryRunner): Promise<void> {
    await buildIndex(
      db,
      'ix_deliveries_received_apart',
      'INDEX',
      `deliveries (id) WHERE received_at NOT BETWEEN
         to_timestamp((('x' || left(replace(id::text, '-', ''), 12))::bit(48)::bigint) / 1000.0 - 60)
         AND to_timestamp((('x' || left(replace(id::text, '-', ''), 12))::bit(48)::bigint) / 1000.0 + 60)`,
    );
  }

  down(db: QueryRunner): Promise<void> {
    return dropIndex(db, 'ix_deliveries_received_apart');
  }
}
