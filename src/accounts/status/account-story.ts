import {
  type AccountTerms,
  compareWords,
  countsFor,
  type DerivedStatus,
  graceFrom,
  NOTHING_SAID,
  type Standing,
  statusOf,
  type Word,
  WORD_TABLE,
} from './account-status.js';

/** A word with the changes of status that were told at it. Told once, whatever is learned later. */
export interface ToldWord extends Word {
  readonly told: readonly DerivedStatus[];
}

/** A change of the status, and the word that it is told at. */
export interface StatusChange {
  readonly status: DerivedStatus;
  /** In milliseconds since 1970. */
  readonly since: number;
  readonly word: ToldWord;
}

export interface AccountStory {
  /** Every change of the status, oldest first. The last one is the status now. */
  readonly changes: readonly StatusChange[];
  /** When the grace ends, in milliseconds since 1970; null unless the account is past due now. */
  readonly graceEndsAt: number | null;
  /** The payment of the last word. */
  readonly lastPaymentId: string | null;
}

interface Stretch {
  status: DerivedStatus;
  first: ToldWord;
  last: ToldWord;
  wasSuspended: boolean;
}

/**
 * The story of an account: how its status changed, by the times that the gateways tell, up to `now`. Pure: the order in
 * which the words arrived does not matter. `start` is what was before the first of the words.
 */
export function tellAccount(
  words: readonly ToldWord[],
  terms: AccountTerms,
  now: number,
  start: Standing = NOTHING_SAID,
): AccountStory {
  const stretches: Stretch[] = [];
  let standing = start;
  let lastPaymentId: string | null = null;
  for (const word of words.toSorted(compareWords)) {
    if (!countsFor(word, terms)) continue;
    standing = WORD_TABLE[word.kind](standing, word, terms);
    addWord(stretches, statusOf(standing), word);
    if (word.kind !== 'paid') lastPaymentId = word.paymentId;
  }
  const current = stretches.at(-1);
  const dueAt = current?.status === 'past_due' ? graceFrom(standing) + terms.graceMs : null;
  const isOver = dueAt !== null && dueAt <= now;
  if (current && isOver) current.wasSuspended = true;
  const changes = stretches.flatMap((one) => changesOf(one, one === current && isOver ? dueAt : null));
  return {
    changes: changes.flatMap((change, nth) => {
      if (changes[nth - 1]?.status === change.status) return [];
      // Whether the end of a grace was seen before the word that suspends depends on when that word arrived.
      const next = changes[nth + 1];
      return [next?.status === change.status ? { ...change, since: next.since } : change];
    }),
    graceEndsAt: current?.wasSuspended === true ? null : dueAt,
    lastPaymentId: statusOf(standing) === null ? null : lastPaymentId,
  };
}

function addWord(stretches: Stretch[], status: DerivedStatus | null, word: ToldWord): void {
  if (status === null) return;
  const wasSuspended = status === 'past_due' && word.told.includes('suspended');
  const current = stretches.at(-1);
  if (current?.status === status) {
    current.last = word;
    current.wasSuspended ||= wasSuspended;
  } else stretches.push({ status, first: word, last: word, wasSuspended });
}

/** A stretch that is past due may have ended in a suspension: by now, or as it was told then. */
function changesOf({ status, first, last, wasSuspended }: Stretch, dueAt: number | null): StatusChange[] {
  const begun: StatusChange = { status, since: first.at, word: first };
  const over: StatusChange = { status: 'suspended', since: dueAt ?? last.recordedAt, word: last };
  return wasSuspended ? [begun, over] : [begun];
}

/**
 * The changes that are still to be told: of each status, those beyond the ones that were told. So the last one told is how
 * the account stands now, however the words arrived.
 */
export function untold(
  changes: readonly StatusChange[],
  words: readonly ToldWord[],
  toldBefore: DerivedStatus | null,
): StatusChange[] {
  const left = new Map<DerivedStatus, number>();
  const count = (status: DerivedStatus, by: number): number => {
    const sum = (left.get(status) ?? 0) + by;
    left.set(status, sum);
    return sum;
  };
  for (const { told } of words) for (const status of told) count(status, 1);
  if (toldBefore !== null) count(toldBefore, 1);
  return changes.filter(({ status }) => count(status, -1) < 0);
}
