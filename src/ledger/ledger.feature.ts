import type { FeatureContext, PayhookFeature } from '../feature.js';
import { bookPayments } from './booking/book-payments.js';
import { LedgerAccount } from './ledger-account.entity.js';
import { LedgerEntry } from './ledger-entry.entity.js';
import { claimPayments, PENDING } from './ledger-work.store.js';
import { LedgerWork } from './ledger-work.entity.js';
import { LedgerModule } from './ledger.module.js';
import { Ledger1765070000000 } from './migrations/1765070000000-ledger.js';
import { LedgerAccountsKept1765070000100 } from './migrations/1765070000100-ledger-accounts-kept.js';

/** Rows of work in a transaction. Each payment is locked until it ends. */
const BATCH_SIZE = 200;
const IDLE_MS = 200;

/** Books what changed: one transaction takes the work, reads the payments as they are now, and writes the entries. */
const book = ({ db }: FeatureContext): Promise<number> =>
  db.transaction(async (manager) => {
    const { rows, paymentIds } = await claimPayments(manager, BATCH_SIZE);
    if (rows > 0) await bookPayments(manager, paymentIds);
    return rows;
  });

/**
 * Double entry: what is booked is the difference between the books of a payment and the payment. The tables hold ids and
 * amounts only, so nothing is erased and nothing expires.
 */
export const ledgerFeature: PayhookFeature = {
  name: 'ledger',
  entities: [LedgerAccount, LedgerEntry, LedgerWork],
  migrations: [Ledger1765070000000, LedgerAccountsKept1765070000100],
  imports: [LedgerModule],
  jobs: [{ name: 'book', idleMs: IDLE_MS, step: book }],
  erase: () => Promise.resolve(0),
  catchUp: async (manager, paymentIds) => void (await bookPayments(manager, paymentIds)),
  pending: PENDING,
};
