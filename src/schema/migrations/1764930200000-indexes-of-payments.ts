import type { MigrationInterface, QueryRunner } from 'typeorm';
import { buildIndex, columnsOfConstraint, replaceIndex } from './build-index.js';

/**
 * The set of indexes of docs/adr/0019. Customers, orders and gateway orders that are not told are in no index. A payment
 * is found by its gateway's id alone. Payments that were stored more than an hour after they began are found by their
 * time; the time of the others is that of their id.
 *
 * Every index is built beside readers and writers. The exchange of the unique key locks the table for an instant. A run
 * that stops half way goes on where it stopped. Pages of `payments` that are written from now on keep room, so that the
 * next report of a payment changes no index.
 */
export class IndexesOfPayments1764930200000 implements MigrationInterface {
  name = 'IndexesOfPayments1764930200000';
  transaction = false;

  async up(db: QueryRunner): Promise<void> {
    await exchangeKey(db, ['gateway_payment_id', 'gateway', 'account']);
    for (const [name, { now }] of Object.entries(INDEXES)) await replaceIndex(db, name, now);
    await buildIndex(db, 'ix_payments_backdated', 'INDEX', `payments (created_at) WHERE ${BACKDATED}`);
    await db.query(`ALTER TABLE payments SET (fillfactor = 80)`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`ALTER TABLE payments RESET (fillfactor)`);
    await db.query(`DROP INDEX IF EXISTS ix_payments_backdated`);
    for (const [name, { before }] of Object.entries(INDEXES)) await replaceIndex(db, name, before);
    await exchangeKey(db, ['gateway', 'account', 'gateway_payment_id']);
  }
}

/** The text of `payment-time.store.ts`. A query must repeat it word for word. */
const BACKDATED = `created_at < to_timestamp((('x' || translate(left(id::text, 13), '-', ''))::bit(48)::bigint - 3600000) / 1000.0)`;

const PHONE = `right(ltrim(regexp_replace(replace(customer_phone, '(0)', ''), '[^0-9]', '', 'g'), '0'), 8), customer_phone`;

/** The columns and the condition of each index, before this migration and now. */
const INDEXES: Readonly<Record<string, { before: string; now: string }>> = {
  ix_payments_order: {
    before: `payments (order_id, gateway, account) WHERE order_id is not null`,
    now: `payments (order_id) WHERE order_id is not null`,
  },
  ix_payments_gateway_order: {
    before: `payments (gateway_order_id, gateway, account) WHERE gateway_order_id is not null`,
    now: `payments (gateway_order_id) WHERE gateway_order_id is not null`,
  },
  ix_payments_customer_id: {
    before: `payments (customer_id)`,
    now: `payments (customer_id) WHERE customer_id is not null`,
  },
  ix_payments_customer_email: {
    before: `payments (lower(btrim(customer_email)))`,
    now: `payments (lower(btrim(customer_email))) WHERE customer_email is not null`,
  },
  ix_payments_customer_phone: {
    before: `payments (${PHONE})`,
    now: `payments (${PHONE}) WHERE customer_phone is not null`,
  },
};

async function exchangeKey(db: QueryRunner, columns: readonly string[]): Promise<void> {
  const present = await columnsOfConstraint(db, 'payments', 'uq_payments_gateway_payment');
  if (present?.join() === columns.join()) return;
  const index = `uq_payments_by_${columns[0] ?? ''}`;
  await buildIndex(db, index, 'UNIQUE INDEX', `payments (${columns.join(', ')})`);
  await db.query(`
    ALTER TABLE payments
      DROP CONSTRAINT IF EXISTS uq_payments_gateway_payment,
      ADD CONSTRAINT uq_payments_gateway_payment UNIQUE USING INDEX ${index}`);
}
