import type { PayhookFeature } from '../feature.js';
import { bookPayments } from './booking/book-payments.js';
import { LedgerAccount } from './ledger-account.entity.js';
import { LedgerEntry } from './ledger-entry.entity.js';
import { LedgerModule } from './ledger.module.js';
import { Ledger1765070000000 } from './migrations/1765070000000-ledger.js';
import { LedgerAccountsKept1765070000100 } from './migrations/1765070000100-ledger-accounts-kept.js';
import { LedgerWorkIsShared1765170000200 } from './migrations/1765170000200-ledger-work-is-shared.js';

/**
 * Double entry: what is booked is the difference between the books of a payment and the payment. The tables hold ids and
 * amounts only, so nothing is erased and nothing expires.
 */
export const ledgerFeature: PayhookFeature = {
  name: 'ledger',
  entities: [LedgerAccount, LedgerEntry],
  migrations: [Ledger1765070000000, LedgerAccountsKept1765070000100, LedgerWorkIsShared1765170000200],
  imports: [LedgerModule],
  followPayments: {
    follow: async (manager, items) => {
      await bookPayments(manager, [...new Set(items.map(({ paymentId }) => paymentId))]);
    },
  },
  erase: () => Promise.resolve(0),
  catchUp: async (manager, paymentIds) => void (await bookPayments(manager, paymentIds)),
};
