import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { notFound, type Page, toPage } from '../../feature.js';
import { type AccountFilter, findAccountPage } from '../account-list.store.js';
import { accountNameOf, findAccounts, lockCustomers, type AccountKey } from '../account.store.js';
import { AccountUpdates } from '../processing/account-updates.js';
import { toAccountView, type CustomerAccountView } from './account.view.js';

/** What shops and operators ask of customer accounts. */
@Injectable()
export class AccountsService {
  constructor(
    private readonly db: DataSource,
    private readonly updates: AccountUpdates,
  ) {}

  /** @throws Problem 404 where there is no such account. */
  async find(key: AccountKey): Promise<CustomerAccountView> {
    const account = (await findAccounts(this.db.manager, [key])).get(accountNameOf(key));
    return account ? known(toAccountView(account, new Date())) : known(null);
  }

  /** One page of accounts, newest first. */
  async list(filter: AccountFilter, limit: number): Promise<Page<CustomerAccountView>> {
    const found = await findAccountPage(this.db.manager, filter, limit + 1);
    const now = new Date();
    return toPage(found, limit, (account) => known(toAccountView(account, now)));
  }

  /** Holds an account, or releases it, under the lock of the customer. A repeated call changes nothing. */
  hold(key: AccountKey, isHeld: boolean): Promise<CustomerAccountView> {
    return this.db.transaction(async (manager) => {
      await lockCustomers(manager, [key.customerId]);
      const account = (await findAccounts(manager, [key])).get(accountNameOf(key));
      if (!account || account.status === null) throw notFound('account');
      const now = new Date();
      const after = await this.updates.hold(manager, account, { isHeld, now });
      // Once its payments moved away, nothing is left to be shown but how it was.
      return known(toAccountView(after, now) ?? toAccountView(account, now));
    });
  }
}

function known(view: CustomerAccountView | null): CustomerAccountView {
  if (view === null) throw notFound('account');
  return view;
}
