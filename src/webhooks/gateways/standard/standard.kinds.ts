import { type ReportKind } from '../../../payments/index.js';

/** What a status says happened. Lower case only, as the format's own example writes it. */
export const KIND_OF_STATUS = {
  created: 'created',
  pending: 'created',
  requires_action: 'requires_action',
  processing: 'processing',
  authorized: 'authorized',
  completed: 'succeeded',
  succeeded: 'succeeded',
  captured: 'succeeded',
  paid: 'succeeded',
  failed: 'failed',
  canceled: 'canceled',
  cancelled: 'canceled',
  refunded: 'refund_succeeded',
  partially_refunded: 'refund_succeeded',
  disputed: 'dispute_opened',
  reversed: 'reversed',
} as const satisfies Readonly<Record<string, ReportKind>>;

export type StandardStatus = keyof typeof KIND_OF_STATUS;

/** What each event may say in `data.status`, and what a status left out stands for; null where it must be there. */
export const EVENTS = {
  'payment.updated': { statuses: Object.keys(KIND_OF_STATUS) as StandardStatus[], implied: null },
  'payment.created': { statuses: ['created', 'pending'], implied: 'created' },
  'payment.authorized': { statuses: ['authorized'], implied: 'authorized' },
  'payment.failed': { statuses: ['failed'], implied: 'failed' },
} as const satisfies Readonly<Record<string, StatusRule>>;

export interface StatusRule {
  readonly statuses: readonly StandardStatus[];
  readonly implied: StandardStatus | null;
}

export type StandardEventName = keyof typeof EVENTS;

export const isStandardEventName = (name: string): name is StandardEventName => Object.hasOwn(EVENTS, name);
