/** What the words of a customer make of an account. */
export const DERIVED_STATUSES = ['active', 'past_due', 'suspended'] as const;
export type DerivedStatus = (typeof DERIVED_STATUSES)[number];

export const ACCOUNT_STATUSES = [...DERIVED_STATUSES, 'held'] as const;
export type AccountStatus = (typeof ACCOUNT_STATUSES)[number];

/** What a customer account may hear of a payment, in the order in which words of one moment count. */
export const WORD_KINDS = ['failure', 'success', 'paid', 'refund', 'dispute', 'restored'] as const;

/**
 * - `success`: the payment succeeded.
 * - `failure`: an attempt failed, or captured money was reversed.
 * - `paid`: the order of a failed payment was paid by somebody else, so its failures stand no more.
 * - `refund`: everything that was captured was refunded.
 * - `dispute`: a dispute was lost.
 * - `restored`: that refund failed, or that dispute is lost no more.
 */
export type WordKind = (typeof WORD_KINDS)[number];

/** One word about a customer, told by a gateway. */
export interface Word {
  readonly paymentId: string;
  /** The id of the report that told it. */
  readonly reportId: string;
  readonly kind: WordKind;
  /** When it happened by the gateway's clock, in milliseconds since 1970. */
  readonly at: number;
  /** The causal rank of the report among those of one millisecond. */
  readonly rank: number;
  /** When the report was recorded here, in milliseconds since 1970. */
  readonly recordedAt: number;
}

/** What a full refund or a lost dispute does. */
export const EFFECTS = ['keep', 'past_due', 'suspended'] as const;
export type Effect = (typeof EFFECTS)[number];

export interface AccountTerms {
  readonly onRefund: Effect;
  readonly onDispute: Effect;
  readonly graceMs: number;
}

/** An account after some of its words. */
export interface Standing {
  /** What the last word that is no failure made of the account; null as long as the customer never paid. */
  readonly basis: { readonly status: DerivedStatus; readonly word: Word; readonly graceFrom: number } | null;
  /** The payments whose failures stand since then, and when the first failure of each was recorded. */
  readonly failures: ReadonlyMap<string, number>;
}

export const NOTHING_SAID: Standing = { basis: null, failures: new Map() };

export function statusOf({ basis, failures }: Standing): DerivedStatus | null {
  if (basis === null || basis.status === 'suspended') return basis?.status ?? null;
  return failures.size > 0 ? 'past_due' : basis.status;
}

/** When the first of what makes the account past due was recorded here. */
export function graceFrom({ basis, failures }: Standing): number {
  const ofBasis = basis?.status === 'past_due' ? [basis.graceFrom] : [];
  return Math.min(...ofBasis, ...failures.values());
}

type Step = (before: Standing, word: Word, terms: AccountTerms) => Standing;

/**
 * The status of a customer account, as a table: what each word makes of the account. The words come in causal order, so the
 * last one decides. Only a success, or the end of what was wrong, makes it better.
 */
export const WORD_TABLE: Readonly<Record<WordKind, Step>> = {
  success: (_before, word) => onBasis('active', word),
  failure: (before, word) =>
    before.basis === null ? before : { ...before, failures: withFailure(before.failures, word) },
  paid: (before, { paymentId }) => ({
    ...before,
    failures: new Map([...before.failures].filter(([id]) => id !== paymentId)),
  }),
  refund: (before, word, { onRefund }) => worsen(before, word, onRefund),
  dispute: (before, word, { onDispute }) => worsen(before, word, onDispute),
  restored: (before, word) => {
    const { basis } = before;
    const isUndone = basis?.word.paymentId === word.paymentId && basis.word.kind !== 'success';
    return isUndone ? { ...before, basis: onBasis('active', word).basis } : before;
  },
};

const onBasis = (status: DerivedStatus, word: Word, graceFrom = word.recordedAt): Standing => ({
  basis: { status, word, graceFrom },
  failures: new Map(),
});

/** A payment that fails again has failed since its first failure. */
const withFailure = (failures: Standing['failures'], { paymentId, recordedAt }: Word): Standing['failures'] =>
  new Map(failures).set(paymentId, Math.min(failures.get(paymentId) ?? recordedAt, recordedAt));

function worsen(before: Standing, word: Word, effect: Effect): Standing {
  const status = statusOf(before);
  if (effect === 'keep' || status === null || status === 'suspended') return before;
  return onBasis(effect, word, Math.min(graceFrom(before), word.recordedAt));
}

/** Whether a word can change an account under these terms. */
export const countsFor = ({ kind }: Word, { onRefund, onDispute }: AccountTerms): boolean =>
  kind === 'refund' ? onRefund !== 'keep' : kind === 'dispute' ? onDispute !== 'keep' : true;

/** The causal order of words. Words of one kind and one moment come to the same in any order. */
export const compareWords = (one: Word, other: Word): number =>
  one.at - other.at || one.rank - other.rank || WORD_KINDS.indexOf(one.kind) - WORD_KINDS.indexOf(other.kind);
