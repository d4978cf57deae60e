import type { CustomerAccount } from '../account.entity.js';
import { tellAccount, type ToldWord, untold } from '../status/account-story.js';
import {
  type AccountTerms,
  type DerivedStatus,
  NOTHING_SAID,
  type Standing,
} from '../status/account-status.js';

/** An account that is up to date with its words. */
export interface AdvancedAccount {
  account: CustomerAccount;
  /** The words at which something is told now, with all that was told at each. */
  told: readonly ToldWord[];
  /** The changes to be published, in this order. */
  fresh: readonly DerivedStatus[];
}

/** The newest words of an account. */
export interface KnownWords {
  words: readonly ToldWord[];
  /** There are older ones. Whatever they said was told long ago. */
  isTruncated: boolean;
}

/**
 * Brings an account up to date with its words at `now`. Pure. While an operator holds the account, nothing is told, for the
 * status that is seen does not change.
 */
export function advanceAccount(
  before: CustomerAccount,
  { words, isTruncated }: KnownWords,
  terms: AccountTerms,
  now: Date,
): AdvancedAccount {
  const [oldest] = words;
  const wasActive = isTruncated && before.derived !== null && oldest !== undefined;
  const story = tellAccount(words, terms, now.getTime(), wasActive ? activeBefore(oldest) : NOTHING_SAID);
  const [first] = story.changes;
  const isToldBefore = wasActive && first !== undefined && !first.word.told.includes(first.status);
  const changes = untold(story.changes, words, isToldBefore ? first.status : null);
  const current = story.changes.at(-1) ?? null;
  const told = new Map<ToldWord, ToldWord>();
  const tell = (word: ToldWord, status: DerivedStatus): void => {
    const known = told.get(word) ?? word;
    told.set(word, { ...known, told: [...known.told, status] });
  };
  for (const { word, status } of changes) tell(word, status);
  const fresh = before.heldAt === null ? changes.map(({ status }) => status) : [];
  const lastTold = fresh.at(-1) ?? before.toldStatus;
  // What was told and is true no more, such as a failure that a gateway takes back, ends with how it is now.
  if (before.heldAt === null && current !== null && current.status !== lastTold) {
    tell(current.word, current.status);
    fresh.push(current.status);
  }
  const derived = current?.status ?? null;
  const isSame = isTruncated && story.changes.length === 1 && before.derived === derived;
  const account: CustomerAccount = {
    ...before,
    derived,
    status: before.heldAt === null ? derived : 'held',
    since: isSame ? before.since : current && new Date(current.since),
    graceEndsAt: story.graceEndsAt === null ? null : new Date(story.graceEndsAt),
    lastPaymentId: story.lastPaymentId,
    toldStatus: fresh.at(-1) ?? before.toldStatus,
  };
  return { account, told: [...told.values()], fresh };
}

/** Only the newest words of a long story are read: the customer had paid before them. */
const activeBefore = (word: ToldWord): Standing => ({
  basis: { status: 'active', word, graceFrom: word.recordedAt },
  failures: new Map(),
});
