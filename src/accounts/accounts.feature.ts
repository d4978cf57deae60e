import { noteWork, type PayhookFeature } from '../feature.js';
import { ACCOUNT_EVENTS } from './account.events.js';
import { CustomerAccount } from './account.entity.js';
import { expireAccounts } from './account-person.store.js';
import { AccountWord } from './account-word.entity.js';
import { AccountsModule } from './accounts.module.js';
import { Accounts1765130000000 } from './migrations/1765130000000-accounts.js';
import { AccountWorkIsShared1765170000300 } from './migrations/1765170000300-account-work-is-shared.js';
import { erasePerson } from './privacy/account-persons.js';
import { followPayments, suspend } from './processing/account-jobs.js';
import { EFFECTS } from './status/account-status.js';

const MAX_GRACE_HOURS = 8_760;

/** Customer accounts: whether a customer is to be served, as the payments tell it. Without this line there are none. */
export const accountsFeature: PayhookFeature = {
  name: 'accounts',
  entities: [CustomerAccount, AccountWord],
  migrations: [Accounts1765130000000, AccountWorkIsShared1765170000300],
  imports: [AccountsModule],
  events: Object.values(ACCOUNT_EVENTS),
  jobs: [suspend],
  followPayments,
  settings: {
    GRACE_HOURS: { kind: 'decimal', least: 0, most: MAX_GRACE_HOURS, default: 72 },
    ACCOUNT_ON_REFUND: { kind: 'oneOf', oneOf: EFFECTS, default: 'keep' },
    ACCOUNT_ON_DISPUTE: { kind: 'oneOf', oneOf: EFFECTS, default: 'keep' },
  },
  erase: erasePerson,
  retain: expireAccounts,
  catchUp: (manager, paymentIds) => {
    const items = paymentIds.map((paymentId) => ({ paymentId, silent: true, previousOrder: null }));
    return noteWork(manager, [{ feature: 'accounts', items }]);
  },
  pending: `
    SELECT (SELECT count(*) FROM accounts WHERE grace_ends_at <= now()) AS pending,
      (SELECT count(*) FROM accounts WHERE grace_ends_at > now()) AS scheduled, 0 AS dead`,
};
