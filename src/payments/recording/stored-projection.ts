import { NO_CAPTURES, type Captures } from '../projection/captures.js';
import type { CausalPosition, OrderedReport } from '../projection/causal-order.js';
import { deriveMoneyFacts } from '../projection/money-facts.js';
import type { MoneyFacts } from '../payment.events.js';
import type { PublishedFailures } from '../projection/payment-changes.js';
import { completeDetails, type PaymentReportRow } from './payment-report.entity.js';
import { REPORT_KINDS } from '../report/payment-report.js';
import { FOLD_VERSION, type Fold, type Payment } from './payment.entity.js';
import { INITIAL_STATE, type Projection } from '../projection/projection.js';
import type { Refund } from '../projection/refunds.js';

/** The columns of `payments`, as written; one obvious place for what the hot path reads and writes raw. */
export const PAYMENT_COLUMNS = {
  id: 'uuid',
  gateway: 'text',
  account: 'text',
  gateway_payment_id: 'text',
  gateway_order_id: 'text',
  order_id: 'text',
  merchant: 'text',
  mode: 'text',
  status: 'text',
  state: 'text',
  currency: 'text',
  amount: 'numeric',
  amount_captured: 'numeric',
  amount_refunded: 'numeric',
  amount_disputed: 'numeric',
  amount_reversed: 'numeric',
  fee: 'jsonb',
  captures: 'jsonb',
  refunds: 'jsonb',
  disputes: 'jsonb',
  failure: 'jsonb',
  customer_id: 'text',
  customer_email: 'text',
  customer_phone: 'text',
  customer_name: 'text',
  customer_locale: 'text',
  fold: 'jsonb',
  published_failures: 'jsonb',
  created_at: 'timestamptz',
  updated_at: 'timestamptz',
  expired_at: 'timestamptz',
} as const;

type PaymentColumn = keyof typeof PAYMENT_COLUMNS;
/** A row of `payments` by column name. */
export type PaymentRow = Record<PaymentColumn, unknown> & {
  id: string;
  fold: Payment['fold'];
  published_failures: PublishedFailures;
  /** Read only: nothing that is reported changes them. */
  erased_at?: Date | null;
  expired_until?: Date | null;
};

/** What makes a payment the one it is. */
export interface PaymentKey {
  gateway: string;
  account: string;
  gatewayPaymentId: string;
}

export function toPaymentRow(
  id: string,
  key: PaymentKey,
  projection: Projection,
  published: PublishedFailures,
  now: Date,
  money: MoneyFacts = deriveMoneyFacts(projection),
): PaymentRow {
  if (projection.last === null || projection.createdAt === null)
    throw new Error('a payment without reports has no row');
  return {
    id,
    gateway: key.gateway,
    account: key.account,
    gateway_payment_id: key.gatewayPaymentId,
    gateway_order_id: projection.gatewayOrderId,
    order_id: projection.orderId,
    merchant: projection.merchant,
    mode: projection.mode ?? 'live',
    status: money.status,
    state: projection.state ?? 'created',
    currency: projection.currency,
    amount: projection.amount,
    amount_captured: money.amountCaptured,
    amount_refunded: money.amountRefunded,
    amount_disputed: money.amountDisputed,
    amount_reversed: money.amountReversed,
    fee: money.fee,
    captures: money.captures,
    refunds: money.refunds,
    disputes: money.disputes,
    failure: projection.failure,
    customer_id: projection.customer.id,
    customer_email: projection.customer.email,
    customer_phone: projection.customer.phone,
    customer_name: projection.customer.name,
    customer_locale: projection.customer.locale,
    fold: toFold(projection),
    published_failures: published,
    created_at: new Date(projection.createdAt),
    updated_at: now,
    // What was told now has its own time to expire.
    expired_at: null,
  };
}

function toFold(projection: Projection): Fold {
  const { reports, last, attempt, lastWasFailed, captures, capturedAt, canceledAt, refunds } = projection;
  if (last === null) throw new Error('a payment without reports has no fold');
  return {
    version: FOLD_VERSION,
    reports,
    last,
    attempt,
    lastWasFailed,
    refundTotal: refunds.total,
    captures: captures === NO_CAPTURES ? undefined : captures,
    capturedAt: capturedAt ?? undefined,
    canceledAt: canceledAt ?? undefined,
    ...(refunds.byId.some((refund) => refund.mayBeRelease) && { refunds: refunds.byId }),
  };
}

/** Whether the fold was made by rules of another version: its reports have to be folded anew. */
export const isFoldOutdated = (row: Pick<PaymentRow, 'fold'> | undefined): boolean =>
  row !== undefined && row.fold.version !== FOLD_VERSION;

/** Version 0.1 kept the figure alone, in its column. A fold of today leaves captures out where none were told. */
function restoreCapturesOfVersion01({ fold, amount_captured: told }: PaymentRow): Captures {
  if (fold.version !== undefined || told === null) return NO_CAPTURES;
  return { ...NO_CAPTURES, figure: told as string, most: told as string };
}

/** Kinds that 0.1 did not have stand between those it had. */
function restorePosition({ last, version }: Fold): CausalPosition {
  const isShifted = version === undefined && last.rank >= FIRST_SHIFTED_RANK;
  return isShifted ? { ...last, rank: last.rank + 2 } : last;
}

const FIRST_SHIFTED_RANK = REPORT_KINDS.indexOf('capture_failed');

/** The projection a stored payment stands at; the inverse of {@link toPaymentRow} where it is not {@link isFoldOutdated}. */
export function restoreProjection(row: PaymentRow | undefined): Projection {
  if (!row) return INITIAL_STATE;
  return {
    reports: row.fold.reports,
    last: restorePosition(row.fold),
    createdAt: (row.created_at as Date).getTime(),
    state: row.state as Projection['state'],
    currency: row.currency as string | null,
    mode: row.mode as Projection['mode'],
    amount: row.amount as string | null,
    captures: row.fold.captures ?? restoreCapturesOfVersion01(row),
    capturedAt: row.fold.capturedAt ?? null,
    canceledAt: row.fold.canceledAt ?? null,
    gatewayOrderId: row.gateway_order_id as string | null,
    orderId: row.order_id as string | null,
    merchant: row.merchant as string | null,
    fee: row.fee as Projection['fee'],
    customer: {
      id: row.customer_id as string | null,
      email: row.customer_email as string | null,
      phone: row.customer_phone as string | null,
      name: row.customer_name as string | null,
      locale: row.customer_locale as string | null,
    },
    failure: row.failure as Projection['failure'],
    attempt: row.fold.attempt,
    lastWasFailed: row.fold.lastWasFailed,
    refunds: { byId: row.fold.refunds ?? (row.refunds as Refund[]), total: row.fold.refundTotal },
    disputes: row.disputes as Projection['disputes'],
  };
}

/** A stored report as the fold takes it. Dates inside `told` come back from JSON as text. */
export function restoreReport(
  row: Pick<PaymentReportRow, 'told' | 'key' | 'eventId' | 'type' | 'kind' | 'occurredAt'>,
  gatewayPaymentId: string,
): OrderedReport {
  const told = completeDetails(row.told);
  return {
    ...told,
    refunds: told.refunds.map((refund) => ({
      ...refund,
      createdAt: refund.createdAt === null ? null : new Date(refund.createdAt),
    })),
    gatewayPaymentId,
    key: row.key,
    eventId: row.eventId,
    type: row.type,
    kind: row.kind,
    occurredAt: row.occurredAt,
  };
}
