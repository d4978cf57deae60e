import { toOrderedReport, type OrderedReport } from '../projection/causal-order.js';
import type { PaymentReportRow } from '../recording/payment-report.entity.js';
import type { PaymentReported } from '../payment.events.js';
import { foldReports, type Projection } from '../projection/projection.js';
import { mustDropPersonalData, withoutPersonalData } from '../privacy/data-subject.js';
import type { Outcome } from '../projection/state-transitions.js';
import { restoreReport, type PaymentKey, type PaymentRow } from '../recording/stored-projection.js';
import type { SourceReading } from './report-sources.js';

/** A payment as it is stored, with what its sources say now (by delivery id). */
export interface StoredPayment {
  key: PaymentKey;
  row: PaymentRow | undefined;
  reports: readonly PaymentReportRow[];
  readings: ReadonlyMap<string, SourceReading>;
}

/** One report of the derived payment. */
export interface DerivedReport {
  report: OrderedReport;
  outcome: Outcome;
  /** Null: it is missing. */
  stored: PaymentReportRow | null;
  /** Null: it could not be read again and is taken as stored. */
  source: PaymentReported | null;
  /** Its bytes are there, and this version cannot make a report of them. */
  unreadable: boolean;
}

/** A payment derived again: read from bytes where they still are, taken as stored where not, and folded. */
export interface DerivedPayment {
  projection: Projection;
  reports: readonly DerivedReport[];
  /** Stored, and not what its delivery says. */
  extra: readonly PaymentReportRow[];
}

/** Pure. */
export function derivePayment({ key, row, reports, readings }: StoredPayment): DerivedPayment {
  const placed = createPlacer(row);
  const told = [...readings.values()].flatMap((reading) => (reading.kind === 'told' ? reading.reports : []));
  const mine = new Map(
    told
      .filter((reported) => isAbout(reported, key))
      .map((reported) => [`${reported.payload.deliveryId} ${reported.payload.key}`, reported]),
  );
  const known = new Set(reports.map((row) => row.key));
  const kept: Omit<DerivedReport, 'outcome'>[] = [];
  const extra: PaymentReportRow[] = [];
  for (const stored of reports) {
    const reading = readings.get(stored.deliveryId);
    const source = mine.get(`${stored.deliveryId} ${stored.key}`) ?? null;
    if (reading?.kind === 'told' && source === null) extra.push(stored);
    else {
      const report = source ? placed(source, stored.receivedAt) : restoreReport(stored, key.gatewayPaymentId);
      kept.push({ report, stored, source, unreadable: reading?.kind === 'unreadable' });
    }
  }
  for (const source of mine.values())
    if (!known.has(source.payload.key))
      kept.push({
        report: placed(source, source.payload.receivedAt),
        stored: null,
        source,
        unreadable: false,
      });

  const { projection, outcomes } = foldReports(kept.map(({ report }) => report));
  const withOutcome = (one: Omit<DerivedReport, 'outcome'>): DerivedReport => ({
    ...one,
    outcome: outcomes.get(one.report.key) ?? 'applied',
  });
  return { projection, reports: kept.map(withOutcome), extra };
}

const isAbout = ({ payload }: PaymentReported, key: PaymentKey): boolean =>
  payload.gateway === key.gateway &&
  payload.account === key.account &&
  payload.report.gatewayPaymentId === key.gatewayPaymentId;

/** A customer who was let go of does not come back with the bytes that are still there. */
function createPlacer(
  row: PaymentRow | undefined,
): (reported: PaymentReported, receivedAt: Date) => OrderedReport {
  return ({ payload: { report, key, eventId } }, receivedAt) =>
    toOrderedReport(
      mustDropPersonalData(row, receivedAt) ? withoutPersonalData(report) : report,
      key,
      eventId,
    );
}
