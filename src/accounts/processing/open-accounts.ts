import type { EntityManager } from 'typeorm';
import type { CustomerAccount } from '../account.entity.js';
import {
  accountNameOf,
  createAccount,
  findAccountKeys,
  findAccounts,
  keyOfAccount,
  type AccountKey,
} from '../account.store.js';
import { findNewestWords, nameOfWord, type StoredWord } from '../account-word.store.js';
import { compareWords } from '../status/account-status.js';
import type { KnownWords } from './advance-account.js';
import type { PaymentOfAccount } from './payment-accounts.js';

/* The accounts that changed payments touch: which they are, what is stored of them, and what they are to have. */

/** An account with its newest words; `words` are those that it is to have. */
export interface OpenAccount extends KnownWords {
  account: CustomerAccount;
  silent: boolean;
}

const NO_WORDS: KnownWords = { words: [], isTruncated: false };

export const toStored = (accountId: string, words: KnownWords['words']): StoredWord[] =>
  words.map((word) => ({ ...word, accountId }));

type Touched = ReadonlyMap<string, { key: AccountKey; silent: boolean }>;

/** The accounts of the payments, and those that have words of them, by name. */
export async function findTouched(
  manager: EntityManager,
  payments: readonly PaymentOfAccount[],
  stored: readonly StoredWord[],
): Promise<Touched> {
  const left = await findAccountKeys(manager, [...new Set(stored.map(({ accountId }) => accountId))]);
  const touched = new Map<string, { key: AccountKey; silent: boolean }>();
  const touch = (key: AccountKey | null | undefined, silent: boolean): void => {
    if (!key) return;
    const name = accountNameOf(key);
    touched.set(name, { key, silent: silent && (touched.get(name)?.silent ?? true) });
  };
  for (const { paymentId, account, words, silent } of payments) {
    if (words.length > 0) touch(account, silent);
    for (const word of stored) if (word.paymentId === paymentId) touch(left.get(word.accountId), silent);
  }
  return touched;
}

export async function openAccounts(
  manager: EntityManager,
  touched: Touched,
  now: Date,
): Promise<ReadonlyMap<string, OpenAccount>> {
  const known = await findAccounts(
    manager,
    [...touched.values()].map(({ key }) => key),
  );
  const accounts = [...touched].map(([name, { key }]) => known.get(name) ?? createAccount(key, now));
  const open = await withNewestWords(manager, accounts);
  return new Map(
    open.map((one): [string, OpenAccount] => {
      const name = accountNameOf(keyOfAccount(one.account));
      return [name, { ...one, silent: touched.get(name)?.silent ?? false }];
    }),
  );
}

export async function withNewestWords(
  manager: EntityManager,
  accounts: readonly CustomerAccount[],
): Promise<OpenAccount[]> {
  const words = await findNewestWords(
    manager,
    accounts.map(({ id }) => id),
  );
  return accounts.map((account) => ({ account, silent: false, ...(words.get(account.id) ?? NO_WORDS) }));
}

/** What was stored of the payments and is said no more, what they say now with what was told of it, and what of it is new. */
export function compareStored(
  stored: readonly StoredWord[],
  current: readonly StoredWord[],
  wanted: readonly StoredWord[],
): { gone: StoredWord[]; kept: StoredWord[]; added: StoredWord[] } {
  const before = new Map(current.map((word) => [nameOfWord(word), word]));
  const names = new Set(wanted.map(nameOfWord));
  const knownOf = (word: StoredWord): StoredWord | null => {
    const known = before.get(nameOfWord(word));
    return known?.accountId === word.accountId ? known : null;
  };
  const gone = stored.filter((word) => !names.has(nameOfWord(word)));
  const left = gone.map((word) => before.get(nameOfWord(word)) ?? word).sort(compareWords);
  /** Another report dates the same word earlier or later: what was told of it stays told. */
  const takeReplaced = ({ accountId, paymentId, kind }: StoredWord): StoredWord | undefined => {
    const at = left.findIndex(
      (one) => one.accountId === accountId && one.paymentId === paymentId && one.kind === kind,
    );
    return at < 0 ? undefined : left.splice(at, 1)[0];
  };
  const kept = wanted.map((word) => ({ ...word, told: (knownOf(word) ?? takeReplaced(word))?.told ?? [] }));
  return {
    gone,
    kept,
    added: kept.filter((word) => {
      const known = knownOf(word);
      return known?.at !== word.at || known.rank !== word.rank;
    }),
  };
}

/** The accounts with what the payments say now, in place of what they said. */
export function withWords(
  open: ReadonlyMap<string, OpenAccount>,
  kept: readonly StoredWord[],
  payments: ReadonlySet<string>,
): OpenAccount[] {
  return [...open.values()].map((one) => {
    const [oldest] = one.words;
    const others = one.words.filter(({ paymentId }) => !payments.has(paymentId));
    const own = kept.filter(
      (word) =>
        word.accountId === one.account.id &&
        !(one.isTruncated && oldest !== undefined && compareWords(word, oldest) < 0),
    );
    return { ...one, words: [...others, ...own].sort(compareWords) };
  });
}
