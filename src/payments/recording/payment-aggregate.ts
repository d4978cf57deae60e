import type { EntityManager } from 'typeorm';
import { inserterOf } from '../../platform/database/bulk-insert.js';
import { newId } from '../../platform/database/new-id.js';
import { keyedReport, type PlacedReport } from '../projection/causal-order.js';
import {
  changesOf,
  NO_FAILURES,
  type PaymentChanges,
  type PublishedFailures,
} from '../projection/payment-changes.js';
import { PaymentHistory } from '../projection/payment-history.js';
import { PaymentReportRow } from './payment-report.entity.js';
import { isLetGo, withoutPerson } from '../privacy/data-subject.js';
import {
  PAYMENT_EVENTS,
  type MoneyFacts,
  PaymentAmended,
  type PaymentEventName,
  type PaymentReported,
  type PaymentSnapshot,
} from '../payment.events.js';
import { snapshotOf } from './payment-snapshot.js';
import { apply, extendsFold, type Projection } from '../projection/projection.js';
import {
  comparable,
  reportRow,
  reportsOfPayment,
  toldOf,
  type NewReportRow,
  type StoredReport,
} from './payment-report.store.js';
import {
  isOutdated,
  PAYMENT_COLUMNS,
  placedReport,
  projectionOf,
  rowOf,
  type PaymentKey,
  type PaymentRow,
} from './stored-projection.js';
import type { Outcome } from '../projection/state-transitions.js';

type AnyPaymentEvent = InstanceType<(typeof PAYMENT_EVENTS)[keyof typeof PAYMENT_EVENTS]> | PaymentAmended;

/** One that came in now: its row is not written yet. */
interface Fresh {
  report: PlacedReport;
  row: NewReportRow;
}

/**
 * One payment being brought up to date inside a transaction that holds its lock: reports go in one by one, in
 * the order they arrived, so that what is told to the business does not depend on how deliveries were batched.
 */
export class PaymentLedger {
  readonly id: string;
  private projection: Projection;
  private published: PublishedFailures;
  /** Of the projection; undefined until it was asked for. */
  private money: MoneyFacts | undefined;
  private readonly known: ReadonlyMap<string, StoredReport>;
  private readonly fresh = new Map<string, Fresh>();
  /** Everything reported so far; null until a report comes late. */
  private history: PaymentHistory | null = null;
  private stored: readonly StoredReport[] = [];
  /** What is stored was folded by other rules: it can't be gone on from. */
  private readonly isOutdated: boolean;
  private touched = false;
  readonly events: AnyPaymentEvent[] = [];

  constructor(
    readonly key: PaymentKey,
    private readonly before: PaymentRow | undefined,
    /** Of the reports that come in, those that are there already. */
    known: readonly StoredReport[],
  ) {
    this.known = new Map(known.map((report) => [report.key, report]));
    this.id = before?.id ?? newId();
    this.isOutdated = isOutdated(before);
    this.projection = projectionOf(before);
    this.published = before?.published_failures ?? NO_FAILURES;
  }

  get changed(): boolean {
    return this.touched;
  }

  /** Takes in one report. One that is there already changes nothing, unless a replay translates it anew. */
  async take(reported: PaymentReported, manager: EntityManager): Promise<void> {
    const { payload, silent } = reported;
    const known = this.known.get(payload.key);
    const letGo = isLetGo(this.before, known?.receivedAt ?? payload.receivedAt);
    const said = letGo ? withoutPerson(payload.report) : payload.report;
    const report = keyedReport(said, payload.key, payload.eventId);
    const fresh = this.fresh.get(report.key);
    if (known || fresh) {
      if (payload.replay) await this.takeAnew(report, known, fresh, manager, silent);
      return;
    }
    this.touched = true;
    const late = !extendsFold(this.projection, report);
    if (late || this.isOutdated) this.history ??= await this.load(manager);
    const row = reportRow(newId(), this.id, reported, report, { late, outcome: 'applied' });
    this.fresh.set(report.key, { report, row });
    if (this.history) {
      this.history.insert(report);
      this.become(this.history.projection, row.id, report, silent);
    } else {
      const { projection, outcome } = apply(this.projection, report);
      row.outcome = outcome;
      this.become(projection, row.id, report, silent);
    }
  }

  /** The rows of what came in. */
  newReports(): NewReportRow[] {
    const outcomes = this.history?.outcomes();
    return [...this.fresh.values()].map(({ row }) => ({
      ...row,
      outcome: outcomes?.get(row.key) ?? row.outcome,
    }));
  }

  /** Of what was there before, whatever reads otherwise now that something came before it. */
  changedOutcomes(): { id: string; outcome: Outcome }[] {
    const outcomes = this.history?.outcomes();
    if (!outcomes) return [];
    return this.stored.flatMap(({ id, key, outcome: was }) => {
      const outcome = outcomes.get(key) ?? was;
      return outcome === was ? [] : [{ id, outcome }];
    });
  }

  row(now: Date): PaymentRow {
    return rowOf(this.id, this.key, this.projection, this.published, now, this.money);
  }

  private async load(manager: EntityManager): Promise<PaymentHistory> {
    this.stored = this.before ? await reportsOfPayment(manager, this.id) : [];
    return new PaymentHistory([
      ...this.stored.map((row) => placedReport(row, this.key.gatewayPaymentId)),
      ...[...this.fresh.values()].map(({ report }) => report),
    ]);
  }

  /** A replay reads the same message by today's code, which may understand it otherwise. */
  private async takeAnew(
    report: PlacedReport,
    known: StoredReport | undefined,
    fresh: Fresh | undefined,
    manager: EntityManager,
    silent: boolean,
  ): Promise<void> {
    const { kind, type, occurredAt } = report;
    const now = { kind, type, occurredAt, told: toldOf(report) };
    const was = fresh ? { ...fresh.report, told: toldOf(fresh.report) } : known;
    if (!was || comparable(was) === comparable(now)) return;
    this.touched = true;
    this.history ??= await this.load(manager);
    if (fresh) {
      fresh.report = report;
      Object.assign(fresh.row, { kind, type, occurred_at: occurredAt, told: now.told });
    } else if (known) await manager.update(PaymentReportRow, { id: known.id }, now);
    this.history.replace(report);
    const causeId = fresh?.row.id ?? known?.id ?? '';
    this.become(this.history.projection, causeId, report, silent);
  }

  private become(after: Projection, causeId: string, cause: PlacedReport, silent: boolean): void {
    const changes = changesOf(this.projection, after, this.published, this.money);
    this.projection = after;
    this.money = changes.after;
    this.published = changes.published;
    if (changes.names.length === 0) return;
    const at = cause.occurredAt.toISOString();
    const snapshot = snapshotOf({ id: this.id, ...this.key }, after, changes.after, at);
    for (const name of changes.names) this.events.push(eventOf(name, causeId, snapshot, changes, silent));
  }
}

function eventOf(
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
export const upsertPayments = inserterOf('payments', PAYMENT_COLUMNS, {
  orUpdateOn: 'uq_payments_gateway_payment',
  update: Object.keys(CHANGING),
});
