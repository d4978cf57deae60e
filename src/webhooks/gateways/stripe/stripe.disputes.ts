import { type ReportedDispute, type ReportKind } from '../../../payments/index.js';

/** What a dispute's event says of it, by the event's type and the dispute's status. */
export interface DisputeMeaning {
  kind: ReportKind;
  /** Null where nothing is to be kept of the dispute. */
  status: ReportedDispute['status'] | null;
}

const NOTED: DisputeMeaning = { kind: 'noted', status: null };
const OPENED: DisputeMeaning = { kind: 'dispute_opened', status: 'open' };
const LOST: DisputeMeaning = { kind: 'dispute_lost', status: 'lost' };

/** The bank has the money, and nobody has decided. */
const OPEN_STATUSES: ReadonlySet<string> = new Set(['needs_response', 'under_review']);

const ENDS: ReadonlyMap<string, DisputeMeaning> = new Map<string, DisputeMeaning>([
  ['won', { kind: 'dispute_won', status: 'won' }],
  ['lost', LOST],
  // Stopped before it became a chargeback: no money was taken.
  ['prevented', { kind: 'dispute_won', status: 'won' }],
  // The merchant paid it back instead: the refund is told by its own events, and nothing is withheld.
  ['charge_refunded', { kind: 'noted', status: 'closed' }],
]);

/**
 * A dispute is open from the first word that money is withheld. An inquiry (`warning_*`) takes none, and when it becomes
 * a chargeback no second `created` comes: `updated` or `funds_withdrawn` with another status tells so.
 * A status that is not listed, such as those of an appeal, changes nothing.
 * Undefined: a dispute that is closed and open at once.
 */
export function disputeMeaning(type: string, status: string | null | undefined): DisputeMeaning | undefined {
  if (status == null || !(OPEN_STATUSES.has(status) || ENDS.has(status))) return NOTED;
  switch (type) {
    case 'charge.dispute.created':
      return status === 'prevented' || status === 'charge_refunded' ? NOTED : OPENED;
    case 'charge.dispute.closed':
      return ENDS.get(status);
    case 'charge.dispute.updated':
      return OPEN_STATUSES.has(status) ? OPENED : NOTED;
    case 'charge.dispute.funds_withdrawn':
      if (status === 'lost') return LOST;
      return OPEN_STATUSES.has(status) ? OPENED : NOTED;
    default:
      return NOTED;
  }
}

/**
 * What the status of a dispute itself says, in causal order. Every dispute that ended was open before, except one that
 * was prevented. An inquiry and a status that is not listed say nothing.
 */
export function meaningsOfStatus(status: string | null | undefined): readonly DisputeMeaning[] {
  if (status == null) return [];
  if (OPEN_STATUSES.has(status)) return [OPENED];
  const end = ENDS.get(status);
  if (!end) return [];
  return status === 'prevented' ? [end] : [OPENED, end];
}
