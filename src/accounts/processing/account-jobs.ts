import { createDueJob, type FeatureSettings, type PaymentFollower } from '../../feature.js';
import { accountChangesHandled } from '../account.metrics.js';
import { findAccountsWithoutGrace, type AccountKey } from '../account.store.js';
import type { AccountTerms, Effect } from '../status/account-status.js';
import { AccountUpdates } from './account-updates.js';

const HOUR_MS = 3_600_000;

const termsOf = (settings: FeatureSettings): AccountTerms => ({
  onRefund: settings.ACCOUNT_ON_REFUND as Effect,
  onDispute: settings.ACCOUNT_ON_DISPUTE as Effect,
  graceMs: Number(settings.GRACE_HOURS) * HOUR_MS,
});

/** Brings the accounts of changed payments up to date. */
export const followPayments: PaymentFollower = {
  follow: async (manager, work, context) => {
    await context.get(AccountUpdates).follow(manager, work, termsOf(context.settings), new Date());
    accountChangesHandled.inc(work.length);
  },
};

/** Suspends the accounts whose grace is over. */
export const suspend = createDueJob<AccountKey>({
  name: 'suspend',
  find: findAccountsWithoutGrace,
  follow: (manager, accounts, now, context) =>
    context.get(AccountUpdates).refresh(manager, accounts, termsOf(context.settings), now),
});
