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
  /** Whether the customer ever paid. Nothing else is said of who did not. */
  readonly hasPaid: boolean;
  /** The payments whose failures stand since the last success, and when the first failure of each was recorded. */
  readonly failures: ReadonlyMap<string, number>;
  /** The payments that were refunded or lost since then, with what that does. */
  readonly losses: ReadonlyMap<string, Loss>;
}

/** A full refund or a lost dispute that stands. */
export interface Loss {
  readonly status: Exclude<Effect, 'keep'>;
  /** When it was recorded here, in milliseconds since 1970. */
  readonly recordedAt: number;
}

export const NOTHING_SAID: Standing = { hasPaid: false, failures: new Map(), losses: new Map() };
export const PAID: Standing = { ...NOTHING_SAID, hasPaid: true };

export function statusOf({ hasPaid, failures, losses }: Standing): DerivedStatus | null {
  if (!hasPaid) return null;
  if ([...losses.values()].some(({ status }) => status === 'suspended')) return 'suspended';
  return failures.size > 0 || losses.size > 0 ? 'past_due' : 'active';
}

/** When the first of what makes the account past due was recorded here. */
export const graceFrom = ({ failures, losses }: Standing): number =>
  Math.min(...failures.values(), ...[...losses.values()].map(({ recordedAt }) => recordedAt));

type Step = (before: Standing, word: Word, terms: AccountTerms) => Standing;

/**
 * The status of a customer account, as a table: what each word makes of the account. The words come in causal order, so the
 * last one decides. Only a success, or the end of what was wrong, makes it better.
 */
export const WORD_TABLE: Readonly<Record<WordKind, Step>> = {
  success: () => PAID,
  failure: (before, word) =>
    before.hasPaid ? { ...before, failures: withFailure(before.failures, word) } : before,
  paid: (before, { paymentId }) => ({ ...before, failures: without(before.failures, paymentId) }),
  refund: (before, word, { onRefund }) => withLoss(before, word, onRefund),
  dispute: (before, word, { onDispute }) => withLoss(before, word, onDispute),
  restored: (before, { paymentId }) => ({ ...before, losses: without(before.losses, paymentId) }),
};

/** A payment that fails again has failed since its first failure. */
const withFailure = (failures: Standing['failures'], { paymentId, recordedAt }: Word): Standing['failures'] =>
  new Map(failures).set(paymentId, Math.min(failures.get(paymentId) ?? recordedAt, recordedAt));

/** A payment that is refunded and lost does the worse of both, since the first of them. */
function withLoss(before: Standing, { paymentId, recordedAt }: Word, effect: Effect): Standing {
  if (effect === 'keep' || !before.hasPaid) return before;
  const known = before.losses.get(paymentId);
  const loss: Loss = {
    status: known?.status === 'suspended' ? 'suspended' : effect,
    recordedAt: Math.min(known?.recordedAt ?? recordedAt, recordedAt),
  };
  return { ...before, losses: new Map(before.losses).set(paymentId, loss) };
}

const without = <T>(known: ReadonlyMap<string, T>, paymentId: string): ReadonlyMap<string, T> =>
  new Map([...known].filter(([id]) => id !== paymentId));

/** Whether a word can change an account under these terms. */
export const countsFor = ({ kind }: Word, { onRefund, onDispute }: AccountTerms): boolean =>
  kind === 'refund' ? onRefund !== 'keep' : kind === 'dispute' ? onDispute !== 'keep' : true;

/** The causal order of words. Words of one kind and one moment come to the same in any order. */
export const compareWords = (one: Word, other: Word): number =>
  one.at - other.at || one.rank - other.rank || WORD_KINDS.indexOf(one.kind) - WORD_KINDS.indexOf(other.kind);
