import type { CustomerAccount } from '../account.entity.js';
import { type StatusChange, tellAccount, type ToldWord, untold } from '../status/account-story.js';
import {
  type AccountTerms,
  type DerivedStatus,
  NOTHING_SAID,
  PAID,
  type Standing,
  type WordKind,
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
 * Brings an account up to date with its words at `now`. Pure. `added` are the words that are heard for the first time. While
 * an operator holds the account, nothing is told, for the status that is seen does not change.
 */
export function advanceAccount(
  before: CustomerAccount,
  { words, isTruncated, added }: KnownWords & { added: ReadonlySet<ToldWord> },
  terms: AccountTerms,
  now: Date,
): AdvancedAccount {
  const [oldest] = words;
  const hasPaid = isTruncated && before.derived !== null && oldest !== undefined;
  const start = hasPaid ? standingBefore(before, words, oldest, terms) : NOTHING_SAID;
  const story = tellAccount(words, terms, now.getTime(), start);
  const [first] = story.changes;
  const isToldBefore = hasPaid && first !== undefined && !first.word.told.includes(first.status);
  const changes = untold(story.changes, words, isToldBefore ? first.status : null);
  const current = story.changes.at(-1) ?? null;
  const told = new Map<ToldWord, ToldWord>();
  const tell = (word: ToldWord, status: DerivedStatus): void => {
    const known = told.get(word) ?? word;
    told.set(word, { ...known, told: [...known.told, status] });
  };
  for (const { word, status } of changes) tell(word, status);
  const fresh = before.heldAt === null ? audible(changes, current, added, before.toldStatus) : [];
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

/**
 * The changes without those that another setting makes of an old refund or dispute, and that a later word has ended: they
 * were never seen.
 */
function audible(
  changes: readonly StatusChange[],
  current: StatusChange | null,
  added: ReadonlySet<ToldWord>,
  toldStatus: DerivedStatus | null,
): DerivedStatus[] {
  const seen = changes.filter(
    (change) => change === current || added.has(change.word) || !LOSSES.has(change.word.kind),
  );
  const statuses = seen.map(({ status }) => status);
  if (seen.length === changes.length) return statuses;
  return statuses.filter((status, nth) => status !== (nth === 0 ? toldStatus : statuses[nth - 1]));
}

const LOSSES: ReadonlySet<WordKind> = new Set(['refund', 'dispute']);

/**
 * How the customer stood before the newest words of a long story. A success among them makes that nothing. Without one, what
 * is stored stands: an account that is suspended stays so, and the grace of one that is past due began when it did.
 */
function standingBefore(
  { derived, graceEndsAt }: CustomerAccount,
  words: readonly ToldWord[],
  { paymentId, recordedAt }: ToldWord,
  { graceMs }: AccountTerms,
): Standing {
  if (words.some(({ kind }) => kind === 'success')) return PAID;
  if (derived === 'suspended')
    return { ...PAID, losses: new Map([[paymentId, { status: derived, recordedAt }]]) };
  if (graceEndsAt === null) return PAID;
  return { ...PAID, failures: new Map([[paymentId, graceEndsAt.getTime() - graceMs]]) };
}
