import type { ReportKind, ReportOfKind } from '../../feature.js';

/** What a transaction says about its reason. */
export interface Explanation {
  /** The name of an event about the payment, or `correction`. */
  cause: string;
  /** The id of the report that explains it. */
  causeId: string;
  /** When that report happened, by the gateway's clock. */
  occurredAt: Date;
}

/** What can happen to a position. */
export type Change =
  | 'first capture'
  | 'later capture'
  | 'reversal'
  | 'refund'
  | 'dispute opened'
  | 'dispute won'
  | 'dispute lost'
  | 'dispute lost at once'
  | 'fee'
  | 'correction';

/** Which event tells of a change, and the kinds of report that explain it. Without a kind, the newest report does. */
const CAUSES: Readonly<Record<Change, { cause: string; kinds: readonly ReportKind[] }>> = {
  'first capture': { cause: 'payment.succeeded', kinds: ['succeeded'] },
  'later capture': { cause: 'payment.amended', kinds: ['succeeded'] },
  reversal: { cause: 'payment.reversed', kinds: ['reversed', 'capture_failed'] },
  refund: { cause: 'payment.refunded', kinds: ['refund_created', 'refund_succeeded'] },
  'dispute opened': { cause: 'payment.disputed', kinds: ['dispute_opened'] },
  'dispute won': { cause: 'payment.amended', kinds: ['dispute_won'] },
  'dispute lost': { cause: 'payment.amended', kinds: ['dispute_lost'] },
  'dispute lost at once': { cause: 'payment.disputed', kinds: ['dispute_lost'] },
  fee: { cause: 'payment.amended', kinds: [] },
  correction: { cause: 'correction', kinds: [] },
};

/**
 * Explains changes of one payment by its reports: the causally newest report of each kind. The explanation depends on the
 * set of reports alone, and not on the order in which they arrived.
 */
export function explain(change: Change, reports: readonly ReportOfKind[]): Explanation {
  const { cause, kinds } = CAUSES[change];
  const telling = reports.filter(({ kind }) => kinds.includes(kind));
  const newest = newestOf(telling) ?? newestOf(reports);
  if (newest === undefined) throw new Error('a payment without a report cannot be booked');
  return { cause, causeId: newest.reportId, occurredAt: newest.occurredAt };
}

/** Reports of one moment are told apart by their kind, of which each appears once. */
const newestOf = (reports: readonly ReportOfKind[]): ReportOfKind | undefined =>
  reports.toSorted(
    (one, other) => other.occurredAt.getTime() - one.occurredAt.getTime() || (one.kind < other.kind ? -1 : 1),
  )[0];
