import { completeDetails } from '../recording/payment-report.entity.js';
import { toSortedJson, detailsOf } from '../recording/payment-report.store.js';
import {
  isFoldOutdated,
  PAYMENT_COLUMNS,
  toPaymentRow,
  type PaymentRow,
} from '../recording/stored-projection.js';
import type { DerivedPayment, DerivedReport, StoredPayment } from './derived-payment.js';

/** One thing that is stored otherwise than it is derived. Holds nothing personal: of such values only that they differ. */
export interface Difference {
  /** Null for a payment that is not there. */
  paymentId: string | null;
  /** `gateway/account/id`. */
  payment: string;
  /** As the API names it: `status`, `customer.email`, `timeline[evt_1].outcome`. */
  field: string;
  stored: string;
  derived: string;
}

/** What two runs may differ in, what is the payment's identity, and what tells of the past rather than of the payment. */
const NOT_COMPARED = [
  'id',
  'gateway',
  'account',
  'gateway_payment_id',
  'published_failures',
  'updated_at',
  'expired_at',
];
const EPOCH = new Date(0);

type FieldDifference = Omit<Difference, 'paymentId' | 'payment'>;

/** Pure. Every difference of a payment from what is derived, in a fixed order. */
export function findDifferences(stored: StoredPayment, derived: DerivedPayment): Difference[] {
  const { gateway, account, gatewayPaymentId } = stored.key;
  const payment = `${gateway}/${account}/${gatewayPaymentId}`;
  return findFieldDifferences(stored, derived).map((told) => ({
    paymentId: stored.row?.id ?? null,
    payment,
    ...told,
  }));
}

function findFieldDifferences({ key, row }: StoredPayment, derived: DerivedPayment): FieldDifference[] {
  if (derived.reports.length === 0) {
    return row ? [{ field: 'timeline', stored: 'lost', derived: 'nothing left to derive it from' }] : [];
  }
  const fresh = toPaymentRow(
    row?.id ?? '',
    key,
    derived.projection,
    { attemptIds: [], places: [], open: false },
    EPOCH,
  );
  if (!row) return [{ field: 'payment', stored: 'missing', derived: String(fresh.status) }];
  return [
    ...columnDifferences(row, fresh),
    ...derived.reports.flatMap(reportDifferences),
    ...derived.extra.map((report) => ({
      field: `timeline[${report.eventId}]`,
      stored: report.kind,
      derived: 'not told',
    })),
  ];
}

function columnDifferences(stored: PaymentRow, derived: PaymentRow): FieldDifference[] {
  return (Object.keys(PAYMENT_COLUMNS) as (keyof typeof PAYMENT_COLUMNS)[])
    .filter((column) => !(column === 'fold' && isFoldOutdated(stored)))
    .filter(
      (column) =>
        !NOT_COMPARED.includes(column) && toSortedJson(stored[column]) !== toSortedJson(derived[column]),
    )
    .map((column) => toFieldDifference(toFieldName(column), stored[column], derived[column]));
}

function reportDifferences({ report, stored, outcome, unreadable }: DerivedReport): FieldDifference[] {
  const entry = `timeline[${report.eventId}]`;
  if (!stored) return [{ field: entry, stored: 'missing', derived: report.kind }];
  const was: Record<string, unknown> = {
    ...completeDetails(stored.told),
    ...pick(stored),
    outcome: stored.outcome,
  };
  const is: Record<string, unknown> = { ...detailsOf(report), ...pick(report), outcome };
  const names = [...new Set([...Object.keys(was), ...Object.keys(is)])].sort();
  const changed = names
    .filter((name) => toSortedJson(was[name]) !== toSortedJson(is[name]))
    .map((name) => toFieldDifference(`${entry}.${name}`, was[name], is[name]));
  return unreadable ? [...changed, { field: entry, stored: report.kind, derived: 'unreadable' }] : changed;
}

const pick = ({
  type,
  kind,
  occurredAt,
  eventId,
}: Pick<DerivedReport['report'], 'type' | 'kind' | 'occurredAt' | 'eventId'>) => ({
  type,
  kind,
  occurredAt,
  eventId,
});

/** Only the gateway's own short words, amounts and times are shown. */
const SHOWN_FIELDS =
  /^(mode|status|state|currency|amount\w*|refundedTotal|reversedTotal|fee|captures|refunds|disputes?|merchant|createdAt|type|kind|occurredAt|outcome|eventId|orderId|gatewayOrderId)$/;

function toFieldDifference(field: string, stored: unknown, derived: unknown): FieldDifference {
  const name = field.split('.').at(-1) ?? field;
  const shown = SHOWN_FIELDS.test(name) && !field.startsWith('customer');
  return shown
    ? { field, stored: toText(stored), derived: toText(derived) }
    : { field, stored: 'one value', derived: 'another' };
}

const toText = (value: unknown): string =>
  typeof value === 'string'
    ? value
    : value instanceof Date
      ? value.toISOString()
      : toSortedJson(value ?? null);

const toFieldName = (column: string): string =>
  column.replace(/^customer_/, 'customer.').replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
