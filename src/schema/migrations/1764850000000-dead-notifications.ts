import type { MigrationInterface, QueryRunner } from 'typeorm';
import { buildIndex, dropIndex } from './build-index.js';

/**
 * `/stats` and `/metrics` count dead notifications. Without an index each count reads the whole table. It is built beside
 * readers and writers.
 */
export class DeadNotifications1764850000000 implements MigrationInterface {
  name = 'DeadNotifications1764850000000';
  transaction = false;

  async up(db: QueryRunner): Promise<void> {
    await buildIndex(db, 'ix_notifications_dead', 'INDEX', `notifications (id) WHERE status = 'dead'`);
  }

  async down(db: QueryRunner): Promise<void> {
    await dropIndex(db, 'ix_notifications_dead');
  }
}
