import type {
  PaymentReport,
  ReportedCapture,
  ReportedCustomer,
  ReportedDispute,
  ReportedFailure,
  ReportedRefund,
} from '../report/payment-report.js';

/** The fields of a report that have no column of their own. They are stored together in the column `told`. */
export type ReportDetails = Omit<PaymentReport, 'gatewayPaymentId' | 'kind' | 'type' | 'occurredAt'>;

/** What was not told is not stored, in a report and in its parts. Version 0.1 wrote nulls, and at most one refund. */
export type StoredDetails = Partial<
  Omit<ReportDetails, 'customer' | 'failure' | 'dispute' | 'refunds' | 'captures'>
> & {
  customer?: Partial<ReportedCustomer> | null;
  failure?: Partial<ReportedFailure> | null;
  dispute?: Partial<ReportedDispute> | null;
  refunds?: readonly Partial<ReportedRefund>[];
  captures?: readonly Partial<ReportedCapture>[];
  refund?: Partial<ReportedRefund> | null;
};

const UNTOLD: Omit<ReportDetails, 'mode'> = {
  merchant: null,
  currency: null,
  amount: null,
  amountCaptured: null,
  captures: [],
  refundedTotal: null,
  reversedTotal: null,
  fee: null,
  gatewayOrderId: null,
  orderId: null,
  refunds: [],
  dispute: null,
  failure: null,
  nextAttempt: null,
  customer: null,
};
const UNTOLD_CUSTOMER: Partial<ReportedCustomer> = {
  id: null,
  email: null,
  phone: null,
  name: null,
  locale: null,
};
const UNTOLD_FAILURE: Partial<ReportedFailure> = { code: null, message: null, attemptId: null };
const UNTOLD_DISPUTE: Partial<ReportedDispute> = { amount: null, currency: null, reason: null };
const UNTOLD_REFUND: Partial<ReportedRefund> = { amount: null, createdAt: null };
const UNTOLD_CAPTURE: Partial<ReportedCapture> = { amount: null };

const NAMES = ['mode', ...Object.keys(UNTOLD)] as (keyof ReportDetails)[];

/** The details as they are stored. The inverse of {@link completeDetails}. */
export function packDetails(report: ReportDetails): StoredDetails {
  const packed: Record<string, unknown> = {};
  for (const name of NAMES) {
    const value = report[name];
    if (value === null) continue;
    if (!Array.isArray(value)) packed[name] = typeof value === 'object' ? withoutNulls(value) : value;
    else if (value.length > 0) packed[name] = value.map(withoutNulls);
  }
  return packed;
}

function withoutNulls(part: object): object {
  const packed: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(part)) if (value !== null) packed[name] = value;
  return packed;
}

/** The details with all fields. A field that is not stored was not told. */
export function completeDetails({ refund, ...stored }: StoredDetails): ReportDetails {
  const refunds = stored.refunds ?? (refund ? [refund] : []);
  return {
    ...UNTOLD,
    ...stored,
    customer: stored.customer ? { ...UNTOLD_CUSTOMER, ...stored.customer } : null,
    failure: stored.failure ? { ...UNTOLD_FAILURE, ...stored.failure } : null,
    dispute: stored.dispute ? { ...UNTOLD_DISPUTE, ...stored.dispute } : null,
    refunds: refunds.map((part) => ({ ...UNTOLD_REFUND, ...part })),
    captures: (stored.captures ?? []).map((part) => ({ ...UNTOLD_CAPTURE, ...part })),
  } as ReportDetails;
}
