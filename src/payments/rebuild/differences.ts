import { wholeTold } from '../recording/payment-report.entity.js';
import { sorted, toldOf } from '../recording/payment-report.store.js';
import { isOutdated, PAYMENT_COLUMNS, rowOf, type PaymentRow } from '../recording/stored-projection.js';
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

type Told = Omit<Difference, 'paymentId' | 'payment'>;

/** Pure. Every difference of a payment from what is derived, in a fixed order. */
export function differencesOf(stored: StoredPayment, derived: DerivedPayment): Difference[] {
  const { gateway, account, gatewayPaymentId } = stored.key;
  const payment = `${gateway}/${account}/${gatewayPaymentId}`;
  return toldOfPayment(stored, derived).map((told) => ({
    paymentId: stored.row?.id ?? null,
    payment,
    ...told,
  }));
}

function toldOfPayment({ key, row }: StoredPayment, derived: DerivedPayment): Told[] {
  if (derived.reports.length === 0) {
    return row ? [{ field: 'timeline', stored: 'lost', derived: 'nothing left to derive it from' }] : [];
  }
  const fresh = rowOf(
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

function columnDifferences(stored: PaymentRow, derived: PaymentRow): Told[] {
  return (Object.keys(PAYMENT_COLUMNS) as (keyof typeof PAYMENT_COLUMNS)[])
    .filter((column) => !(column === 'fold' && isOutdated(stored)))
    .filter((column) => !NOT_COMPARED.includes(column) && sorted(stored[column]) !== sorted(derived[column]))
    .map((column) => difference(fieldOf(column), stored[column], derived[column]));
}

function reportDifferences({ report, stored, outcome, unreadable }: DerivedReport): Told[] {
  const entry = `timeline[${report.eventId}]`;
  if (!stored) return [{ field: entry, stored: 'missing', derived: report.kind }];
  const was: Record<string, unknown> = {
    ...wholeTold(stored.told),
    ...pick(stored),
    outcome: stored.outcome,
  };
  const is: Record<string, unknown> = { ...toldOf(report), ...pick(report), outcome };
  const names = [...new Set([...Object.keys(was), ...Object.keys(is)])].sort();
  const changed = names
    .filter((name) => sorted(was[name]) !== sorted(is[name]))
    .map((name) => difference(`${entry}.${name}`, was[name], is[name]));
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
const SHOWN =
  /^(mode|status|state|currency|amount\w*|refundedTotal|reversedTotal|fee|captures|refunds|disputes?|merchant|createdAt|type|kind|occurredAt|outcome|eventId|orderId|gatewayOrderId)$/;

function difference(field: string, stored: unknown, derived: unknown): Told {
  const name = field.split('.').at(-1) ?? field;
  const shown = SHOWN.test(name) && !field.startsWith('customer');
  return shown
    ? { field, stored: textOf(stored), derived: textOf(derived) }
    : { field, stored: 'one value', derived: 'another' };
}

const textOf = (value: unknown): string =>
  typeof value === 'string' ? value : value instanceof Date ? value.toISOString() : sorted(value ?? null);

const fieldOf = (column: string): string =>
  column.replace(/^customer_/, 'customer.').replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
