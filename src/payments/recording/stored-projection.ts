import { NO_CAPTURES, type Captures } from '../projection/captures.js';
import type { CausalPosition, OrderedReport } from '../projection/causal-order.js';
import { deriveMoneyFacts, type MoneyFacts } from '../projection/money-facts.js';
import type { PublishedFailures } from '../projection/payment-changes.js';
import type { PaymentReportRow } from './payment-report.entity.js';
import { REPORT_KINDS } from '../report/payment-report.js';
import type { PaymentKey, PaymentRow } from './payment-row.js';
import { completeDetails } from './report-details.js';
import { completeFold, FOLD_VERSION, packFold, packPublished, type Fold } from './stored-fold.js';
import { INITIAL_STATE, type Projection } from '../projection/projection.js';
import type { Refund } from '../projection/refunds.js';

/** The row of `payments` that shows a projection. `published` and `now` are stored beside it. */
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
    fold: packFold(toFold(projection)),
    published_failures: packPublished(published),
    created_at: new Date(projection.createdAt),
    updated_at: now,
    // A new report starts a new period after which personal data expires.
    expired_at: null,
  };
}

function toFold(projection: Projection): Fold {
  const { reports, last, attempt, lastWasFailed, captures, capturedAt, canceledAt, refunds, nextAttempt } =
    projection;
  if (last === null) throw new Error('a payment without reports has no fold');
  return {
    version: FOLD_VERSION,
    reports,
    last,
    attempt,
    lastWasFailed,
    refundTotal: refunds.total,
    captures,
    capturedAt,
    canceledAt,
    refunds: refunds.byId.some((refund) => refund.mayBeRelease) ? refunds.byId : null,
    nextAttempt,
  };
}

/** Whether the stored fold was made by rules of another version. Its reports must then be folded again. */
export const isFoldOutdated = (row: Pick<PaymentRow, 'fold'> | undefined): boolean =>
  row !== undefined && row.fold.version !== FOLD_VERSION;

/**
 * The captures of a payment whose fold has none. Version 0.1 stored only a figure, in the column `amount_captured`. A
 * fold of this version leaves captures out where no report told one.
 */
function restoreCapturesOfVersion01({ fold, amount_captured: figure }: PaymentRow): Captures {
  if (fold.version !== undefined || figure === null) return NO_CAPTURES;
  return { ...NO_CAPTURES, figure: figure as string, most: figure as string };
}

/** Version 0.1 lacked two kinds, so the ranks of all kinds after them were lower by 2. */
function shiftPosition({ last, version }: Fold): CausalPosition {
  const isShifted = version === undefined && last.rank >= FIRST_SHIFTED_RANK;
  return isShifted ? { ...last, rank: last.rank + 2 } : last;
}

const FIRST_SHIFTED_RANK = REPORT_KINDS.indexOf('capture_failed');

/** The projection of a stored payment. The inverse of {@link toPaymentRow}, unless {@link isFoldOutdated}. */
export function restoreProjection(row: PaymentRow | undefined): Projection {
  if (!row) return INITIAL_STATE;
  const fold = completeFold(row.fold, restoreCapturesOfVersion01(row));
  return {
    reports: fold.reports,
    last: shiftPosition(fold),
    createdAt: (row.created_at as Date).getTime(),
    state: row.state as Projection['state'],
    currency: row.currency as string | null,
    mode: row.mode as Projection['mode'],
    amount: row.amount as string | null,
    captures: fold.captures,
    capturedAt: fold.capturedAt,
    canceledAt: fold.canceledAt,
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
    attempt: fold.attempt,
    lastWasFailed: fold.lastWasFailed,
    refunds: { byId: fold.refunds ?? (row.refunds as Refund[]), total: fold.refundTotal },
    disputes: row.disputes as Projection['disputes'],
    nextAttempt: fold.nextAttempt,
  };
}

/** A stored report as the fold reads it. JSON has no dates, so the dates in `details` are parsed from text. */
export function restoreReport(
  row: Pick<PaymentReportRow, 'details' | 'key' | 'eventId' | 'type' | 'kind' | 'occurredAt'>,
  gatewayPaymentId: string,
): OrderedReport {
  const details = completeDetails(row.details);
  return {
    ...details,
    refunds: details.refunds.map((refund) => ({
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
