import type { ReportKind } from '../report/payment-report.js';

/** The stages of the payment itself. Refunds and disputes change the status and not the state. */
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

/** The state, or what happened to the money after it. */
export const PAYMENT_STATUSES = [...PAYMENT_STATES, 'partially_refunded', 'refunded', 'disputed'] as const;
export type PaymentStatus = (typeof PAYMENT_STATUSES)[number];

/**
 * The effect of a report at its position in the causal order. `applied`: it is legal there, also when it repeats the
 * state. `superseded`: it names an earlier stage than the one reached. `refused`: it contradicts the state.
 */
export const OUTCOMES = ['applied', 'superseded', 'refused'] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** Kinds that change the state. `created` is not among them: its outcome depends on its position only. */
type StageKind = Exclude<
  ReportKind,
  'created' | 'capture_failed' | 'reversed' | `refund_${string}` | `dispute_${string}` | 'noted'
>;

/** The state transitions that are not applied, by kind and then by state. Every pair that is not listed is applied. */
const OUTCOME_EXCEPTIONS: Readonly<Record<StageKind, Partial<Record<PaymentState, Outcome>>>> = {
  requires_action: { authorized: 'superseded', succeeded: 'superseded', canceled: 'superseded' },
  processing: { authorized: 'superseded', succeeded: 'superseded', canceled: 'superseded' },
  failed: { succeeded: 'refused', canceled: 'refused' },
  // A failed payment may still be authorized later.
  authorized: { succeeded: 'superseded', canceled: 'refused' },
  canceled: { succeeded: 'refused' },
  // A success is applied in every state, because the money has arrived.
  succeeded: {},
};

const isStageKind = (kind: ReportKind): kind is StageKind => kind in OUTCOME_EXCEPTIONS;

/** The outcome of a report of this kind in this state. A null state means that it is the first report. */
export function outcomeOf(kind: ReportKind, state: PaymentState | null): Outcome {
  if (kind === 'created') return state === null ? 'applied' : 'superseded';
  if (!isStageKind(kind) || state === null) return 'applied';
  return OUTCOME_EXCEPTIONS[kind][state] ?? 'applied';
}

/** The state after an applied report. A kind that is no stage keeps the state. */
export function nextState(kind: ReportKind, state: PaymentState | null): PaymentState {
  return kind === 'created' || isStageKind(kind) ? kind : (state ?? 'created');
}
