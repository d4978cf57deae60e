import { toOrderedReport, type OrderedReport } from '../projection/causal-order.js';
import type { PaymentReported } from '../payment.events.js';
import type { PaymentReportRow } from '../recording/payment-report.entity.js';
import { foldReports, type Projection } from '../projection/projection.js';
import { mustDropPersonalData, type PaymentKey, type PaymentRow } from '../recording/payment-row.js';
import { withoutPersonalData } from '../report/payment-report.js';
import type { Outcome } from '../projection/state-transitions.js';
import { restoreReport } from '../recording/stored-projection.js';
import type { SourceReading } from './report-sources.js';

/** A stored payment, with what its deliveries say when this version reads them again (by delivery id). */
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
  /** Null where the report is not stored. */
  stored: PaymentReportRow | null;
  /** Null where the delivery could not be read again. The report is then used as stored. */
  source: PaymentReported | null;
  /** The bytes of the delivery are stored, and this version cannot translate them. */
  unreadable: boolean;
}

/** A payment derived again. Its reports are translated from stored bytes, or used as stored where the bytes are gone. */
export interface DerivedPayment {
  projection: Projection;
  reports: readonly DerivedReport[];
  /** Stored reports that their deliveries do not contain. */
  extra: readonly PaymentReportRow[];
}

/** Derives a payment again. Pure: reads nothing and writes nothing. */
export function derivePayment({ key, row, reports, readings }: StoredPayment): DerivedPayment {
  const toReport = createTranslator(row);
  const all = [...readings.values()].flatMap((reading) =>
    reading.kind === 'reports' ? reading.reports : [],
  );
  const ofPayment = new Map(
    all
      .filter((reported) => isAbout(reported, key))
      .map((reported) => [`${reported.payload.deliveryId} ${reported.payload.key}`, reported]),
  );
  const known = new Set(reports.map((row) => row.key));
  const kept: Omit<DerivedReport, 'outcome'>[] = [];
  const extra: PaymentReportRow[] = [];
  for (const stored of reports) {
    const reading = readings.get(stored.deliveryId);
    const source = ofPayment.get(`${stored.deliveryId} ${stored.key}`) ?? null;
    if (reading?.kind === 'reports' && source === null) extra.push(stored);
    else {
      const report = source
        ? toReport(source, stored.receivedAt)
        : restoreReport(stored, key.gatewayPaymentId);
      kept.push({ report, stored, source, unreadable: reading?.kind === 'unreadable' });
    }
  }
  for (const source of ofPayment.values())
    if (!known.has(source.payload.key))
      kept.push({
        report: toReport(source, source.payload.receivedAt),
        stored: null,
        source,
        unreadable: false,
      });

  const { projection, outcomes } = foldReports(kept.map(({ report }) => report));
  const withOutcome = (kept: Omit<DerivedReport, 'outcome'>): DerivedReport => ({
    ...kept,
    outcome: outcomes.get(kept.report.key) ?? 'applied',
  });
  return { projection, reports: kept.map(withOutcome), extra };
}

const isAbout = ({ payload }: PaymentReported, key: PaymentKey): boolean =>
  payload.gateway === key.gateway &&
  payload.account === key.account &&
  payload.report.gatewayPaymentId === key.gatewayPaymentId;

/** Drops the personal data of an erased or expired customer, which the stored bytes may still contain. */
function createTranslator(
  row: PaymentRow | undefined,
): (reported: PaymentReported, receivedAt: Date) => OrderedReport {
  return ({ payload: { report, key, eventId } }, receivedAt) =>
    toOrderedReport(
      mustDropPersonalData(row, receivedAt) ? withoutPersonalData(report) : report,
      key,
      eventId,
    );
}
