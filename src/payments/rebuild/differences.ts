import { completeDetails } from '../recording/report-details.js';
import { completeFold } from '../recording/stored-fold.js';
import { detailsOf, toSortedJson } from '../recording/payment-report-row.js';
import { PAYMENT_COLUMNS, type PaymentRow } from '../recording/payment-row.js';
import { isFoldOutdated, toPaymentRow } from '../recording/stored-projection.js';
import type { DerivedPayment, DerivedReport, StoredPayment } from './derived-payment.js';

/** One stored value that differs from the derived one. Has no personal data: such values are only said to differ. */
export interface Difference {
  /** Null where the payment is not stored. */
  paymentId: string | null;
  /** `gateway/account/id`. */
  payment: string;
  /** The name of the field in the API: `status`, `customer.email`, `timeline[evt_1].outcome`. */
  field: string;
  stored: string;
  derived: string;
}

/** Columns that identify the payment, that two runs may write differently, or that record the past. */
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

/** Every difference between a stored and a derived payment, in a fixed order. Pure. */
export function findDifferences(stored: StoredPayment, derived: DerivedPayment): Difference[] {
  const { gateway, account, gatewayPaymentId } = stored.key;
  const payment = `${gateway}/${account}/${gatewayPaymentId}`;
  return findFieldDifferences(stored, derived).map((difference) => ({
    paymentId: stored.row?.id ?? null,
    payment,
    ...difference,
  }));
}

function findFieldDifferences({ key, row }: StoredPayment, derived: DerivedPayment): FieldDifference[] {
  if (derived.reports.length === 0) {
    return row ? [{ field: 'timeline', stored: 'lost', derived: 'nothing left to derive it from' }] : [];
  }
  const expected = toPaymentRow(
    row?.id ?? '',
    key,
    derived.projection,
    { attemptIds: [], places: [], open: false },
    EPOCH,
  );
  if (!row) return [{ field: 'payment', stored: 'missing', derived: String(expected.status) }];
  return [
    ...columnDifferences(row, expected),
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
        !NOT_COMPARED.includes(column) && toComparable(stored, column) !== toComparable(derived, column),
    )
    .map((column) => toFieldDifference(toFieldName(column), stored[column], derived[column]));
}

/** An earlier version stored the fold with fields that are left out now. */
const toComparable = (row: PaymentRow, column: keyof typeof PAYMENT_COLUMNS): string =>
  toSortedJson(column === 'fold' ? completeFold(row.fold) : row[column]);

function reportDifferences({ report, stored, outcome, unreadable }: DerivedReport): FieldDifference[] {
  const entry = `timeline[${report.eventId}]`;
  if (!stored) return [{ field: entry, stored: 'missing', derived: report.kind }];
  const before: Record<string, unknown> = {
    ...completeDetails(stored.details),
    ...pick(stored),
    outcome: stored.outcome,
  };
  const after: Record<string, unknown> = { ...detailsOf(report), ...pick(report), outcome };
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  const changed = names
    .filter((name) => toSortedJson(before[name]) !== toSortedJson(after[name]))
    .map((name) => toFieldDifference(`${entry}.${name}`, before[name], after[name]));
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

/** The fields whose values are shown: short words, amounts, ids of orders and times. */
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
