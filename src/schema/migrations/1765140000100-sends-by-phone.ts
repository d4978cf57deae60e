import type { MigrationInterface, QueryRunner } from 'typeorm';
import { replaceIndex } from './build-index.js';

/**
 * A telephone number is found in any spelling. The index is built beside readers and writers. The expression must equal
 * that of `address-sends.store.ts`.
 */
export class SendsByPhone1765140000100 implements MigrationInterface {
  name = 'SendsByPhone1765140000100';
  transaction = false;

  async up(db: QueryRunner): Promise<void> {
    await replaceIndex(db, 'ix_notifications_address', by(CANONICAL));
  }

  async down(db: QueryRunner): Promise<void> {
    await replaceIndex(db, 'ix_notifications_address', by(LOWERED));
  }
}

const LOWERED = `lower(recipient COLLATE "C")`;
const CANONICAL = `(CASE WHEN recipient ~ '^[+(]{0,2}[0-9][0-9() ./-]*$'
  THEN regexp_replace(recipient, '[^0-9]', '', 'g') ELSE ${LOWERED} END)`;

const by = (address: string): string =>
  `notifications (${address}, sent_at) WHERE recipient IS NOT NULL AND status <> 'suppressed'`;
