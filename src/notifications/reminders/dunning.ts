import type { PaymentState } from '../../payments/index.js';
import { REPORT_KINDS, type ReportKind } from '../../payments/report/index.js';

/** What the dunning of an order depends on. Times are the gateways' own, in milliseconds since 1970. */
export interface OrderStory {
  payments: readonly StoryPayment[];
  /** Reports of {@link STORY_KINDS} about these payments, in any order. A refused report is no part of the story. */
  reports: readonly StoryReport[];
  /** Nothing is to be asked for any more: the order was canceled, settled or paid in full, or its customer was erased. */
  isClosed: boolean;
  /** A feature knows that a part is not paid yet, such as of a registered order. */
  isOwed: boolean;
}

export interface StoryPayment {
  paymentId: string;
  state: PaymentState;
  /** It succeeded, and not everything was refunded. */
  isPaid: boolean;
  /** Reminders are chosen for its gateway. */
  isReminded: boolean;
}

export interface StoryReport {
  paymentId: string;
  kind: ReportKind;
  at: number;
}

/** An order with a failure that no success followed. */
export interface Dunning {
  /** The first failure since the last success. */
  startedAt: number;
  /** Null where the order never succeeded. */
  lastSuccessAt: number | null;
  /** The payment of the newest failure: what a reminder is about. */
  paymentId: string;
  /** A payment of the order is processing or authorized. Reminders wait until it has ended. */
  isPaused: boolean;
}

/** Captured money that went away again fails the payment once nothing of it is left. */
const REVERSALS: readonly ReportKind[] = ['capture_failed', 'reversed'];
export const FAILURES: readonly ReportKind[] = ['failed', ...REVERSALS];
const REFUNDS: readonly ReportKind[] = ['refund_created', 'refund_succeeded', 'refund_failed'];
/**
 * Kinds that may put an order under dunning, unless the payment is paid after the change. A success does where its money was
 * reversed, and a refund where another payment failed after it, and that was told earlier.
 */
export const STARTING: readonly ReportKind[] = [...FAILURES, 'succeeded', ...REFUNDS];
/** Kinds that show that money came, where the success itself was never told. */
const SIGNS_OF_SUCCESS: readonly ReportKind[] = [
  ...REFUNDS,
  ...(['dispute_opened', 'dispute_won', 'dispute_lost'] as const),
];
/** Kinds that can begin, pause, resume or end the dunning of an order. */
export const TELLING: readonly ReportKind[] = [
  ...FAILURES,
  ...(['requires_action', 'processing', 'authorized', 'canceled', 'succeeded'] as const),
  ...SIGNS_OF_SUCCESS,
];
export const STORY_KINDS: readonly ReportKind[] = ['succeeded', ...FAILURES, ...SIGNS_OF_SUCCESS];

/**
 * The dunning of an order; null where nothing is to be reminded of. It follows from the story alone, so a report that comes
 * late changes it as if the report had come in time.
 */
export function findDunning({ payments, reports, isClosed, isOwed }: OrderStory): Dunning | null {
  if (isClosed || (!isOwed && payments.some(({ isPaid }) => isPaid))) return null;
  const lastSuccess = newestOf(payments.flatMap((payment) => successesOf(reports, payment)));
  const failures = payments
    .filter(({ isReminded, state }) => isReminded && state !== 'canceled')
    .flatMap((payment) => failuresOf(reports, payment))
    .filter((failure) => lastSuccess === undefined || compareReports(lastSuccess, failure) < 0)
    .toSorted(compareReports);
  const [first, newest] = [failures[0], failures.at(-1)];
  if (first === undefined || newest === undefined) return null;
  return {
    startedAt: first.at,
    lastSuccessAt: lastSuccess?.at ?? null,
    paymentId: newest.paymentId,
    isPaused: payments.some(({ state }) => state === 'processing' || state === 'authorized'),
  };
}

/** The money of a payment that was wholly refunded was there until then. */
function successesOf(
  reports: readonly StoryReport[],
  { paymentId, state, isPaid }: StoryPayment,
): StoryReport[] {
  const own = reports.filter((report) => report.paymentId === paymentId);
  const told = own.filter(({ kind }) => kind === 'succeeded');
  if (told.length === 0) return own.filter(({ kind }) => SIGNS_OF_SUCCESS.includes(kind));
  return state === 'succeeded' && !isPaid
    ? [...told, ...own.filter(({ kind }) => REFUNDS.includes(kind))]
    : told;
}

function failuresOf(reports: readonly StoryReport[], { paymentId, state }: StoryPayment): StoryReport[] {
  const kinds = state === 'failed' ? FAILURES : ['failed'];
  return reports.filter((report) => report.paymentId === paymentId && kinds.includes(report.kind));
}

const newestOf = (reports: readonly StoryReport[]): StoryReport | undefined =>
  reports.toSorted(compareReports).at(-1);

/** By time, then by causal rank. Payment ids only make the order the same in every process. */
function compareReports(one: StoryReport, other: StoryReport): number {
  if (one.at !== other.at) return one.at - other.at;
  const byRank = REPORT_KINDS.indexOf(one.kind) - REPORT_KINDS.indexOf(other.kind);
  return byRank !== 0
    ? byRank
    : one.paymentId < other.paymentId
      ? -1
      : one.paymentId > other.paymentId
        ? 1
        : 0;
}
