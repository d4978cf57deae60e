import type { EntityManager } from 'typeorm';
import { toOrderedReport, type OrderedReport } from '../projection/causal-order.js';
import { changedFacts, isFinal, type FactChange } from '../projection/fact-changes.js';
import { foldReports } from '../projection/projection.js';
import type { PaymentReported } from '../payment.events.js';
import { findReportsOfPayments } from './payment-report.store.js';
import type { PaymentRow } from './payment-row.js';
import { findPayments, toKey, toLockName } from './payment.store.js';
import { restoreReport } from './stored-projection.js';

/**
 * What reports would add to their payment. `missing`: the payment is not stored. `different`: it would show something
 * else, or would refuse a report. `final`: nothing more is expected of the payment as it would be.
 */
export type ReportComparison =
  | { readonly kind: 'missing'; readonly paymentId: null; readonly final: boolean }
  | {
      readonly kind: 'different';
      readonly paymentId: string;
      readonly final: boolean;
      readonly changes: readonly FactChange[];
    }
  | { readonly kind: 'same'; readonly paymentId: string; readonly final: boolean };

interface Stored {
  readonly row: PaymentRow;
  readonly reports: OrderedReport[];
}

/**
 * Compares each group of reports, all of one payment, with what is stored. Writes nothing and locks nothing. Every group
 * is compared by itself.
 */
export async function compareReports(
  manager: EntityManager,
  groups: readonly (readonly [PaymentReported, ...PaymentReported[]])[],
): Promise<ReportComparison[]> {
  const payments = await loadPayments(
    manager,
    groups.map(([first]) => first),
  );
  return groups.map((group) => compare(payments.get(toLockName(toKey(group[0]))), group));
}

async function loadPayments(
  manager: EntityManager,
  reported: readonly PaymentReported[],
): Promise<ReadonlyMap<string, Stored>> {
  const rows = await findPayments(manager, reported.map(toKey));
  const byId = new Map(
    [...rows].map(([name, row]) => [row.id, { name, row, reports: [] as OrderedReport[] }]),
  );
  for (const report of await findReportsOfPayments(manager, [...byId.keys()])) {
    const stored = byId.get(report.paymentId);
    if (stored) stored.reports.push(restoreReport(report, stored.row.gateway_payment_id as string));
  }
  return new Map([...byId.values()].map(({ name, row, reports }) => [name, { row, reports }]));
}

/** Pure. A report that is stored already adds nothing. */
function compare(stored: Stored | undefined, group: readonly PaymentReported[]): ReportComparison {
  const known = new Set(stored?.reports.map(({ key }) => key));
  const added = group
    .filter(({ payload }) => !known.has(payload.key))
    .map(({ payload }) => toOrderedReport(payload.report, payload.key, payload.eventId));
  const reports = stored?.reports ?? [];
  const { projection, outcomes } = foldReports([...reports, ...added]);
  if (!stored) return { kind: 'missing', paymentId: null, final: isFinal(projection) };
  const before = foldReports(reports).projection;
  const changes = [
    ...changedFacts(before, projection),
    ...added
      .filter(({ key }) => outcomes.get(key) === 'refused')
      .map((report) => refusal(before.currency, report)),
  ];
  const paymentId = stored.row.id;
  const final = isFinal(projection);
  return changes.length === 0
    ? { kind: 'same', paymentId, final }
    : { kind: 'different', paymentId, final, changes };
}

/** A report that the payment would refuse is stored all the same, so that its timeline shows what the gateway said. */
const refusal = (currency: string | null, report: OrderedReport): FactChange =>
  currency !== null && report.currency !== null && report.currency !== currency
    ? { field: 'currency', before: currency, after: `${report.currency}, refused` }
    : { field: 'timeline', before: 'none', after: `${report.kind}, refused` };
