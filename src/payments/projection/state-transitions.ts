import type { ReportKind } from '../report/payment-report.js';

/** The payment's own stages. What comes back (refunds, disputes) is told by `status`, not here. */
export const PAYMENT_STATES = [
  'created',
  'requires_action',
  'processing',
  'authorized',
  'succeeded',
  'failed',
  'canceled',
] as const;
export type PaymentState = (typeof PAYMENT_STATES)[number];

export const PAYMENT_STATUSES = [...PAYMENT_STATES, 'partially_refunded', 'refunded', 'disputed'] as const;
export type PaymentStatus = (typeof PAYMENT_STATUSES)[number];

/**
 * What became of a report at its place in the causal order: `applied` (legal there, also when it repeats the
 * state), `superseded` (an earlier stage than the one reached), `refused` (contradicts the state).
 */
export type Outcome = 'applied' | 'superseded' | 'refused';

/** Kinds that move the payment itself; `created` is ruled by place alone (see `outcomeOf`). */
type StageKind = Exclude<
  ReportKind,
  'created' | 'capture_failed' | 'reversed' | `refund_${string}` | `dispute_${string}` | 'noted'
>;

/** For each kind, the states that do not simply take it. Every pair not listed is applied. */
const OUTCOME_EXCEPTIONS: Readonly<Record<StageKind, Partial<Record<PaymentState, Outcome>>>> = {
  requires_action: { authorized: 'superseded', succeeded: 'superseded', canceled: 'superseded' },
  processing: { authorized: 'superseded', succeeded: 'superseded', canceled: 'superseded' },
  failed: { succeeded: 'refused', canceled: 'refused' },
  // Legal after failed: a late authorisation.
  authorized: { succeeded: 'superseded', canceled: 'refused' },
  canceled: { succeeded: 'refused' },
  // Money that arrived has arrived, whatever was said before.
  succeeded: {},
};

const isStageKind = (kind: ReportKind): kind is StageKind => kind in OUTCOME_EXCEPTIONS;

/** The outcome of a report of this kind, seen from the state at its place (`null`: it is the first). */
export function outcomeOf(kind: ReportKind, state: PaymentState | null): Outcome {
  if (kind === 'created') return state === null ? 'applied' : 'superseded';
  if (!isStageKind(kind) || state === null) return 'applied';
  return OUTCOME_EXCEPTIONS[kind][state] ?? 'applied';
}

/** The state an applied report leads to: stage kinds name it, all others leave it where it was. */
export function nextState(kind: ReportKind, state: PaymentState | null): PaymentState {
  return kind === 'created' || isStageKind(kind) ? kind : (state ?? 'created');
}
