import type { MigrationInterface, QueryRunner } from 'typeorm';
import { buildIndex, dropIndex } from './build-index.js';

/**
 * Finds what went to an address lately, and what is being sent to it. A message that was suppressed is not in the index,
 * so that one costs a process without a mail server nothing. The expression must equal that of `address-sends.store.ts`.
 */
export class SendsByAddress1765140000000 implements MigrationInterface {
  name = 'SendsByAddress1765140000000';
  transaction = false;

  async up(db: QueryRunner): Promise<void> {
    await buildIndex(
      db,
      'ix_notifications_address',
      'INDEX',
      `notifications (lower(recipient COLLATE "C"), sent_at) WHERE recipient IS NOT NULL AND status <> 'suppressed'`,
    );
  }

  async down(db: QueryRunner): Promise<void> {
    await dropIndex(db, 'ix_notifications_address');
  }
}
