import type { PaymentState } from '../../payments/index.js';
import { REPORT_KINDS, type ReportKind } from '../../payments/report/index.js';

/** What the dunning of an order depends on. Times are the gateways' own, in milliseconds since 1970. */
export interface OrderStory {
  payments: readonly StoryPayment[];
  /** Reports of {@link STORY_KINDS} about these payments, in any order. A refused report is no part of the story. */
  reports: readonly StoryReport[];
  /** Nothing is to be asked for any more: the order was canceled, settled or paid in full, or its customer was erased. */
  isClosed: boolean;
}

export interface StoryPayment {
  paymentId: string;
  state: PaymentState;
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
/** Kinds that may put an order under dunning. A success does where its money was reversed, and that was told earlier. */
export const STARTING: readonly ReportKind[] = [...FAILURES, 'succeeded'];
/** Kinds that show that money came, where the success itself was never told. */
const SIGNS_OF_SUCCESS: readonly ReportKind[] = [
  ...(['refund_created', 'refund_succeeded', 'refund_failed'] as const),
  ...(['dispute_opened', 'dispute_won', 'dispute_lost'] as const),
];
export const STORY_KINDS: readonly ReportKind[] = ['succeeded', ...FAILURES, ...SIGNS_OF_SUCCESS];

/**
 * The dunning of an order; null where nothing is to be reminded of. It follows from the story alone, so a report that comes
 * late changes it as if the report had come in time.
 */
export function findDunning({ payments, reports, isClosed }: OrderStory): Dunning | null {
  if (isClosed) return null;
  const lastSuccess = newestOf(payments.flatMap(({ paymentId }) => successesOf(reports, paymentId)));
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

function successesOf(reports: readonly StoryReport[], paymentId: string): StoryReport[] {
  const own = reports.filter((report) => report.paymentId === paymentId);
  const told = own.filter(({ kind }) => kind === 'succeeded');
  return told.length > 0 ? told : own.filter(({ kind }) => SIGNS_OF_SUCCESS.includes(kind));
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
