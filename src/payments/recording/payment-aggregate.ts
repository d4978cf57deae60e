import type { EntityManager } from 'typeorm';
import { newId } from '../../platform/database/new-id.js';
import {
  PAYMENT_EVENTS,
  PaymentAmended,
  type PaymentChanged,
  type PaymentRefund,
  type PaymentReported,
  type PaymentSnapshot,
  type ReportedKind,
} from '../payment.events.js';
import { toOrderedReport, type OrderedReport } from '../projection/causal-order.js';
import { changedRefunds, type MoneyFacts } from '../projection/money-facts.js';
import {
  domainEventsFor,
  type PaymentChanges,
  type PaymentEventName,
  type PublishedFailures,
} from '../projection/payment-changes.js';
import { PaymentHistory } from '../projection/payment-history.js';
import { applyReport, isCausallyNewest, type Projection } from '../projection/projection.js';
import type { Outcome } from '../projection/state-transitions.js';
import { withoutPersonalData } from '../report/payment-report.js';
import { detailsOf, toComparableText, toReportRow, type NewReportRow } from './payment-report-row.js';
import {
  findReportsOfPayment,
  updateReport,
  type ReportId,
  type StoredReport,
} from './payment-report.store.js';
import { mustDropPersonalData, type PaymentKey, type PaymentRow } from './payment-row.js';
import { createPaymentChange } from './payment-change.js';
import { createSnapshot } from './payment-snapshot.js';
import { packDetails } from './report-details.js';
import { completePublished } from './stored-fold.js';
import { isFoldOutdated, restoreProjection, restoreReport, toPaymentRow } from './stored-projection.js';

type AnyPaymentEvent = InstanceType<(typeof PAYMENT_EVENTS)[keyof typeof PAYMENT_EVENTS]> | PaymentAmended;

/** A report that arrived in this batch, with its row. The row is not written yet. */
interface NewReport {
  report: OrderedReport;
  row: NewReportRow;
}

/**
 * One payment while a transaction that holds its lock brings it up to date. Reports are applied one by one in the order
 * of their arrival, so the published events do not depend on how deliveries were batched.
 */
export class PaymentAggregate {
  readonly id: string;
  private projection: Projection;
  private published: PublishedFailures;
  /** The money facts of `projection`; undefined until they were derived once. */
  private money: MoneyFacts | undefined;
  private readonly storedDuplicates: ReadonlyMap<string, StoredReport>;
  private readonly newReports = new Map<string, NewReport>();
  /** All reports of the payment; null until a report arrives that is not the causally newest. */
  private history: PaymentHistory | null = null;
  private storedReports: readonly StoredReport[] = [];
  /** The stored fold was made by rules of another version, so all reports must be folded again. */
  private readonly isOutdated: boolean;
  private dirty = false;
  /** No report that changed the payment was audible. */
  private silent = true;
  private readonly reported: ReportedKind[] = [];
  /** Every event was caused by a report that arrived in this batch, and none by a report that was replaced. */
  haveEventsNewCauses = true;
  readonly events: AnyPaymentEvent[] = [];

  constructor(
    readonly key: PaymentKey,
    private readonly storedRow: PaymentRow | undefined,
    /** Those reports of the batch that are stored already. */
    storedDuplicates: readonly StoredReport[],
  ) {
    this.storedDuplicates = new Map(storedDuplicates.map((report) => [report.key, report]));
    this.id = storedRow?.id ?? newId();
    this.isOutdated = isFoldOutdated(storedRow);
    this.projection = restoreProjection(storedRow);
    this.published = completePublished(storedRow?.published_failures ?? {});
  }

  /** Whether a report changed anything that must be written. */
  get isDirty(): boolean {
    return this.dirty;
  }

  /** Applies one report. A report that is stored already changes nothing, unless a replay translates it differently. */
  async applyReport(reported: PaymentReported, manager: EntityManager): Promise<void> {
    const { payload, silent } = reported;
    const stored = this.storedDuplicates.get(payload.key);
    const mustDrop = mustDropPersonalData(this.storedRow, stored?.receivedAt ?? payload.receivedAt);
    const kept = mustDrop ? withoutPersonalData(payload.report) : payload.report;
    const report = toOrderedReport(kept, payload.key, payload.eventId);
    const added = this.newReports.get(report.key);
    if (stored || added) {
      if (payload.replay) await this.replaceReport(report, { stored, added }, manager, silent);
      return;
    }
    this.markDirty(report, silent);
    const late = !isCausallyNewest(this.projection, report);
    if (late || this.isOutdated) this.history ??= await this.loadHistory(manager);
    const row = toReportRow(newId(), this.id, reported, report, { late, outcome: 'applied' });
    this.newReports.set(report.key, { report, row });
    if (this.history) {
      this.history.insert(report);
      this.advanceTo(this.history.projection, row.id, report, silent);
    } else {
      const { projection, outcome } = applyReport(this.projection, report);
      row.outcome = outcome;
      this.advanceTo(projection, row.id, report, silent);
    }
  }

  /** The payment has no row yet. */
  get isNew(): boolean {
    return this.storedRow === undefined;
  }

  /** The rows of the new reports, with their final outcomes. */
  newReportRows(): NewReportRow[] {
    const outcomes = this.history?.outcomes();
    return [...this.newReports.values()].map(({ row }) => ({
      ...row,
      outcome: outcomes?.get(row.key) ?? row.outcome,
    }));
  }

  /** The stored reports whose outcome changed because an earlier report was inserted before them. */
  changedOutcomes(): (ReportId & { outcome: Outcome })[] {
    const outcomes = this.history?.outcomes();
    if (!outcomes) return [];
    return this.storedReports.flatMap(({ deliveryId, id, key, outcome: before }) => {
      const outcome = outcomes.get(key) ?? before;
      return outcome === before ? [] : [{ deliveryId, id, outcome }];
    });
  }

  /** The row of `payments` to write. */
  row(now: Date): PaymentRow {
    return toPaymentRow(this.id, this.key, this.projection, this.published, now, this.money);
  }

  /** What handlers in this transaction are told. */
  change(): PaymentChanged {
    const sides = { before: this.storedRow, after: this.projection };
    return createPaymentChange(this.id, this.key.gatewayPaymentId, sides, this.silent, this.reported);
  }

  private markDirty({ kind }: OrderedReport, silent: boolean): void {
    this.dirty = true;
    this.silent &&= silent;
    if (!this.reported.some((one) => one.kind === kind && one.silent === silent))
      this.reported.push({ kind, silent });
  }

  private async loadHistory(manager: EntityManager): Promise<PaymentHistory> {
    this.storedReports = this.storedRow ? await findReportsOfPayment(manager, this.id) : [];
    return new PaymentHistory([
      ...this.storedReports.map((row) => restoreReport(row, this.key.gatewayPaymentId)),
      ...[...this.newReports.values()].map(({ report }) => report),
    ]);
  }

  /** Replaces a known report. A replay translates the same message with today's code, which may read it differently. */
  private async replaceReport(
    report: OrderedReport,
    { stored, added }: { stored: StoredReport | undefined; added: NewReport | undefined },
    manager: EntityManager,
    silent: boolean,
  ): Promise<void> {
    const { kind, type, occurredAt } = report;
    const after = { kind, type, occurredAt, details: detailsOf(report) };
    const before = added ? { ...added.report, details: detailsOf(added.report) } : stored;
    if (!before || toComparableText(before) === toComparableText(after)) return;
    this.markDirty(report, silent);
    this.haveEventsNewCauses = false;
    this.history ??= await this.loadHistory(manager);
    if (added) {
      added.report = report;
      Object.assign(added.row, { kind, type, occurred_at: occurredAt, told: packDetails(after.details) });
    } else if (stored) await updateReport(manager, stored, after);
    this.history.replace(report);
    const causeId = added?.row.id ?? stored?.id ?? '';
    this.advanceTo(this.history.projection, causeId, report, silent);
  }

  /** Takes over the new projection, and adds the events that follow from the change. */
  private advanceTo(after: Projection, causeId: string, cause: OrderedReport, silent: boolean): void {
    const changes = domainEventsFor(this.projection, after, this.published, this.money);
    this.projection = after;
    this.money = changes.after;
    this.published = changes.published;
    if (changes.eventNames.length === 0) return;
    const occurredAt = cause.occurredAt.toISOString();
    const snapshot = createSnapshot({ id: this.id, ...this.key }, after, changes.after, occurredAt);
    for (const name of changes.eventNames)
      this.events.push(createEvent(name, causeId, snapshot, changes, silent));
  }
}

function createEvent(
  name: PaymentEventName,
  causeId: string,
  snapshot: PaymentSnapshot,
  { before, after }: PaymentChanges,
  silent: boolean,
): AnyPaymentEvent {
  const { paymentId } = snapshot;
  if (name === 'payment.amended')
    return new PaymentAmended(paymentId, causeId, { ...snapshot, before, after }, silent);
  const refunds = name === 'payment.refunded' ? changedRefunds(before, after) : [];
  const payload: PaymentRefund = refunds.length > 0 ? { ...snapshot, refunds } : snapshot;
  return new PAYMENT_EVENTS[name](paymentId, causeId, payload, silent);
}
