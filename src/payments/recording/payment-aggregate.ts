import type { EntityManager } from 'typeorm';
import { createBulkInsert } from '../../platform/database/bulk-insert.js';
import { newId } from '../../platform/database/new-id.js';
import { toOrderedReport, type OrderedReport } from '../projection/causal-order.js';
import {
  domainEventsFor,
  NOTHING_PUBLISHED,
  type PaymentChanges,
  type PublishedFailures,
} from '../projection/payment-changes.js';
import { PaymentHistory } from '../projection/payment-history.js';
import { PaymentReportRow } from './payment-report.entity.js';
import { mustDropPersonalData, withoutPersonalData } from '../privacy/data-subject.js';
import {
  PAYMENT_EVENTS,
  type MoneyFacts,
  PaymentAmended,
  type PaymentEventName,
  type PaymentReported,
  type PaymentSnapshot,
} from '../payment.events.js';
import { createSnapshot } from './payment-snapshot.js';
import { applyReport, isCausallyNewest, type Projection } from '../projection/projection.js';
import {
  toComparableText,
  toReportRow,
  findReportsOfPayment,
  detailsOf,
  type NewReportRow,
  type StoredReport,
} from './payment-report.store.js';
import {
  isFoldOutdated,
  PAYMENT_COLUMNS,
  restoreReport,
  restoreProjection,
  toPaymentRow,
  type PaymentKey,
  type PaymentRow,
} from './stored-projection.js';
import type { Outcome } from '../projection/state-transitions.js';

type AnyPaymentEvent = InstanceType<(typeof PAYMENT_EVENTS)[keyof typeof PAYMENT_EVENTS]> | PaymentAmended;

/** One that came in now: its row is not written yet. */
interface NewReport {
  report: OrderedReport;
  row: NewReportRow;
}

/**
 * One payment being brought up to date inside a transaction that holds its lock: reports go in one by one, in
 * the order they arrived, so that what is told to the business does not depend on how deliveries were batched.
 */
export class PaymentAggregate {
  readonly id: string;
  private projection: Projection;
  private published: PublishedFailures;
  /** Of the projection; undefined until it was asked for. */
  private money: MoneyFacts | undefined;
  private readonly storedDuplicates: ReadonlyMap<string, StoredReport>;
  private readonly newReports = new Map<string, NewReport>();
  /** Everything reported so far; null until a report comes late. */
  private history: PaymentHistory | null = null;
  private storedReports: readonly StoredReport[] = [];
  /** What is stored was folded by other rules: it can't be gone on from. */
  private readonly isOutdated: boolean;
  private dirty = false;
  readonly events: AnyPaymentEvent[] = [];

  constructor(
    readonly key: PaymentKey,
    private readonly storedRow: PaymentRow | undefined,
    /** Of the reports that come in, those that are there already. */
    known: readonly StoredReport[],
  ) {
    this.storedDuplicates = new Map(known.map((report) => [report.key, report]));
    this.id = storedRow?.id ?? newId();
    this.isOutdated = isFoldOutdated(storedRow);
    this.projection = restoreProjection(storedRow);
    this.published = storedRow?.published_failures ?? NOTHING_PUBLISHED;
  }

  get isDirty(): boolean {
    return this.dirty;
  }

  /** Takes in one report. One that is there already changes nothing, unless a replay translates it anew. */
  async applyReport(reported: PaymentReported, manager: EntityManager): Promise<void> {
    const { payload, silent } = reported;
    const known = this.storedDuplicates.get(payload.key);
    const letGo = mustDropPersonalData(this.storedRow, known?.receivedAt ?? payload.receivedAt);
    const said = letGo ? withoutPersonalData(payload.report) : payload.report;
    const report = toOrderedReport(said, payload.key, payload.eventId);
    const fresh = this.newReports.get(report.key);
    if (known || fresh) {
      if (payload.replay) await this.replaceReport(report, known, fresh, manager, silent);
      return;
    }
    this.dirty = true;
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

  /** The rows of what came in. */
  newReportRows(): NewReportRow[] {
    const outcomes = this.history?.outcomes();
    return [...this.newReports.values()].map(({ row }) => ({
      ...row,
      outcome: outcomes?.get(row.key) ?? row.outcome,
    }));
  }

  /** Of what was there before, whatever reads otherwise now that something came before it. */
  changedOutcomes(): { id: string; outcome: Outcome }[] {
    const outcomes = this.history?.outcomes();
    if (!outcomes) return [];
    return this.storedReports.flatMap(({ id, key, outcome: was }) => {
      const outcome = outcomes.get(key) ?? was;
      return outcome === was ? [] : [{ id, outcome }];
    });
  }

  row(now: Date): PaymentRow {
    return toPaymentRow(this.id, this.key, this.projection, this.published, now, this.money);
  }

  private async loadHistory(manager: EntityManager): Promise<PaymentHistory> {
    this.storedReports = this.storedRow ? await findReportsOfPayment(manager, this.id) : [];
    return new PaymentHistory([
      ...this.storedReports.map((row) => restoreReport(row, this.key.gatewayPaymentId)),
      ...[...this.newReports.values()].map(({ report }) => report),
    ]);
  }

  /** A replay reads the same message by today's code, which may understand it otherwise. */
  private async replaceReport(
    report: OrderedReport,
    known: StoredReport | undefined,
    fresh: NewReport | undefined,
    manager: EntityManager,
    silent: boolean,
  ): Promise<void> {
    const { kind, type, occurredAt } = report;
    const now = { kind, type, occurredAt, told: detailsOf(report) };
    const was = fresh ? { ...fresh.report, told: detailsOf(fresh.report) } : known;
    if (!was || toComparableText(was) === toComparableText(now)) return;
    this.dirty = true;
    this.history ??= await this.loadHistory(manager);
    if (fresh) {
      fresh.report = report;
      Object.assign(fresh.row, { kind, type, occurred_at: occurredAt, told: now.told });
    } else if (known) await manager.update(PaymentReportRow, { id: known.id }, now);
    this.history.replace(report);
    const causeId = fresh?.row.id ?? known?.id ?? '';
    this.advanceTo(this.history.projection, causeId, report, silent);
  }

  private advanceTo(after: Projection, causeId: string, cause: OrderedReport, silent: boolean): void {
    const changes = domainEventsFor(this.projection, after, this.published, this.money);
    this.projection = after;
    this.money = changes.after;
    this.published = changes.published;
    if (changes.eventNames.length === 0) return;
    const at = cause.occurredAt.toISOString();
    const snapshot = createSnapshot({ id: this.id, ...this.key }, after, changes.after, at);
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
  return name === 'payment.amended'
    ? new PaymentAmended(paymentId, causeId, { ...snapshot, before, after }, silent)
    : new PAYMENT_EVENTS[name](paymentId, causeId, snapshot, silent);
}

const {
  id: _id,
  gateway: _gateway,
  account: _account,
  gateway_payment_id: _key,
  ...CHANGING
} = PAYMENT_COLUMNS;

/** Writes payments whole, new and known alike, in one statement. */
export const upsertPayments = createBulkInsert('payments', PAYMENT_COLUMNS, {
  updateConflictOn: 'uq_payments_gateway_payment',
  updateColumns: Object.keys(CHANGING),
});
