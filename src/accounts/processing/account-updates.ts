import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { EventPublisher, FEATURES, newId, type PayhookFeature, type PaymentWorkItem } from '../../feature.js';
import type { CustomerAccount } from '../account.entity.js';
import { ACCOUNT_EVENTS } from '../account.events.js';
import { accountEvents } from '../account.metrics.js';
import {
  accountNameOf,
  deleteAccounts,
  findAccounts,
  keyOfAccount,
  lockCustomers,
  saveAccounts,
  type AccountKey,
} from '../account.store.js';
import {
  deleteWords,
  findNewestWords,
  findWordsOfPayments,
  nameOfWord,
  saveWords,
  type StoredWord,
} from '../account-word.store.js';
import type { ToldWord } from '../status/account-story.js';
import type { AccountTerms } from '../status/account-status.js';
import { advanceAccount, type AdvancedAccount } from './advance-account.js';
import {
  compareStored,
  findTouched,
  openAccounts,
  toStored,
  withNewestWords,
  withWords,
  type OpenAccount,
} from './open-accounts.js';
import { readPayments } from './payment-accounts.js';

/** Brings customer accounts up to date with their words, and publishes what changed. */
@Injectable()
export class AccountUpdates {
  constructor(
    private readonly publisher: EventPublisher,
    @Inject(FEATURES) private readonly features: readonly PayhookFeature[],
  ) {}

  /** Takes the words of changed payments into the accounts that they belong to, and out of those that they left. */
  async follow(
    manager: EntityManager,
    work: readonly PaymentWorkItem[],
    terms: AccountTerms,
    now: Date,
  ): Promise<void> {
    const payments = await readPayments(manager, work, this.features);
    const stored = await findWordsOfPayments(
      manager,
      payments.map(({ paymentId }) => paymentId),
    );
    const touched = await findTouched(manager, payments, stored);
    if (touched.size === 0) return;
    await lockCustomers(
      manager,
      [...touched.values()].map(({ key }) => key.customerId),
    );
    const open = await openAccounts(manager, touched, now);
    const ids = new Map([...open].map(([name, { account }]) => [name, account.id]));
    const wanted = payments.flatMap(({ account, words }) => {
      const accountId = account && ids.get(accountNameOf(account));
      return accountId ? words.map((word): StoredWord => ({ ...word, accountId, told: [] })) : [];
    });
    // What was told was read before the lock, and may have grown since.
    const current = [
      ...stored,
      ...[...open.values()].flatMap(({ account, words }) => toStored(account.id, words)),
    ];
    const { gone, kept, added } = compareStored(stored, current, wanted);
    await deleteWords(manager, gone);
    const said = withWords(open, kept, new Set(payments.map(({ paymentId }) => paymentId)));
    await this.advance(manager, said, { terms, now, added });
  }

  /** Brings accounts up to date whose time has come. */
  async refresh(
    manager: EntityManager,
    keys: readonly AccountKey[],
    terms: AccountTerms,
    now: Date,
  ): Promise<void> {
    await lockCustomers(
      manager,
      keys.map(({ customerId }) => customerId),
    );
    const accounts = [...(await findAccounts(manager, keys)).values()];
    await this.advance(manager, await withNewestWords(manager, accounts), { terms, now, added: [] });
  }

  /**
   * Holds an account, or releases it. The caller locks the customer. A released account tells how it stands now, if that is
   * not what was told before the hold. It is removed where every payment moved away meanwhile.
   */
  async hold(
    manager: EntityManager,
    before: CustomerAccount,
    { isHeld, now }: { isHeld: boolean; now: Date },
  ): Promise<CustomerAccount> {
    if ((before.heldAt !== null) === isHeld) return before;
    const { derived, toldStatus } = before;
    const fresh = !isHeld && derived !== null && derived !== toldStatus ? [derived] : [];
    const account: CustomerAccount = {
      ...before,
      heldAt: isHeld ? now : null,
      status: isHeld ? 'held' : derived,
      toldStatus: fresh[0] ?? toldStatus,
      updatedAt: now,
    };
    const isLeft = !isHeld && derived === null && (await findNewestWords(manager, [account.id])).size === 0;
    await (isLeft ? deleteAccounts(manager, [account.id]) : saveAccounts(manager, [account]));
    const names = [isHeld ? ('held' as const) : ('released' as const), ...fresh];
    await this.publish(
      manager,
      names.map((name) => ({ account, name, silent: false })),
    );
    return account;
  }

  private async advance(
    manager: EntityManager,
    open: readonly OpenAccount[],
    { terms, now, added }: { terms: AccountTerms; now: Date; added: readonly StoredWord[] },
  ): Promise<void> {
    const isLeft = ({ words, account }: OpenAccount): boolean =>
      words.length === 0 && account.heldAt === null;
    await deleteAccounts(
      manager,
      open.filter(isLeft).map(({ account }) => account.id),
    );
    const changed: (AdvancedAccount & { silent: boolean })[] = [];
    const words = new Map(added.map((word) => [nameOfWord(word), word]));
    const grown = new Set(added.map(({ accountId }) => accountId));
    const heard = new Set<ToldWord>(added);
    for (const one of open) {
      if (isLeft(one)) continue;
      const advanced = advanceAccount(one.account, { ...one, added: heard }, terms, now);
      for (const word of toStored(one.account.id, advanced.told)) words.set(nameOfWord(word), word);
      const isChanged = JSON.stringify(advanced.account) !== JSON.stringify(one.account);
      if (isChanged || grown.has(one.account.id))
        changed.push({ ...advanced, account: { ...advanced.account, updatedAt: now }, silent: one.silent });
    }
    await saveAccounts(
      manager,
      changed.map(({ account }) => account),
    );
    await saveWords(manager, [...words.values()]);
    await this.publish(
      manager,
      changed.flatMap(({ account, fresh, silent }) => fresh.map((name) => ({ account, name, silent }))),
    );
  }

  private async publish(
    manager: EntityManager,
    told: readonly { account: CustomerAccount; name: keyof typeof ACCOUNT_EVENTS; silent: boolean }[],
  ): Promise<void> {
    const events = told.map(
      ({ account, name, silent }) =>
        new ACCOUNT_EVENTS[name](account.id, newId(), toSnapshot(account), silent),
    );
    await this.publisher.publish(manager, events, { haveNewCauses: true });
    for (const { name } of told) accountEvents.inc({ name: ACCOUNT_EVENTS[name].eventName });
  }
}

const toSnapshot = (account: CustomerAccount) => ({
  id: account.id,
  mode: account.mode,
  merchant: keyOfAccount(account).merchant,
  status: account.status,
  since: (account.heldAt ?? account.since)?.toISOString() ?? null,
  graceEndsAt: account.graceEndsAt?.toISOString() ?? null,
  lastPaymentId: account.lastPaymentId,
});
