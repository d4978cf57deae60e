import type { EntityManager } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { insertRows } from '../database/insert-rows.js';
import type { PlacedReport } from './causal-order.js';
import { changesOf, NO_FAILURES, type PublishedFailures } from './payment-changes.js';
import { PaymentReportRow, type Told } from './payment-report.entity.js';
import { withoutPerson } from './person.js';
import { PAYMENT_EVENTS, type PaymentReported, type PaymentSnapshot } from './payment.events.js';
import { apply, extendsFold, moneyBack, project, type Projection } from './projection.js';
import {
  PAYMENT_COLUMNS,
  placedReport,
  projectionOf,
  rowOf,
  type PaymentKey,
  type PaymentRow,
} from './stored-projection.js';
import type { Outcome } from './status-table.js';

const REPORT_COLUMNS = {
  id: 'uuid',
  payment_id: 'uuid',
  delivery_id: 'uuid',
  key: 'text',
  event_id: 'text',
  type: 'text',
  kind: 'text',
  occurred_at: 'timestamptz',
  received_at: 'timestamptz',
  late: 'boolean',
  outcome: 'text',
  told: 'jsonb',
} as const;

type AnyPaymentEvent = InstanceType<(typeof PAYMENT_EVENTS)[keyof typeof PAYMENT_EVENTS]>;

/**
 * One payment being brought up to date inside a transaction that holds its lock: reports go in one by one, in
 * the order they arrived, so that what is told to the business does not depend on how deliveries were batched.
 */
export class PaymentLedger {
  readonly id: string;
  private projection: Projection;
  private published: PublishedFailures;
  private readonly known: Map<string, { id: string; told: string }>;
  private readonly newReports: Record<string, unknown>[] = [];
  private hasRow: boolean;
  private readonly erased: boolean;
  private touched = false;
  readonly events: AnyPaymentEvent[] = [];

  constructor(
    readonly key: PaymentKey,
    stored: PaymentRow | undefined,
    known: readonly { key: string; id: string; told: string }[],
  ) {
    this.id = stored?.id ?? uuidv7();
    this.hasRow = stored !== undefined;
    this.erased = (stored?.erased_at ?? null) !== null;
    this.projection = projectionOf(stored);
    this.published = stored?.published_failures ?? NO_FAILURES;
    this.known = new Map(known.map((report) => [report.key, report]));
  }

  get changed(): boolean {
    return this.touched;
  }

  /** Takes in one report. One that is there already changes nothing, unless a replay translates it anew. */
  async take(reported: PaymentReported, manager: EntityManager): Promise<void> {
    const { payload } = reported;
    const said = this.erased ? withoutPerson(payload.report) : payload.report;
    const report: PlacedReport = { ...said, key: payload.key, eventId: payload.eventId };
    const told = comparable(report);
    const known = this.known.get(report.key);
    if (known) {
      if (payload.replay && known.told !== told) await this.rewrite(known.id, report, manager, reported);
      return;
    }
    const id = uuidv7();
    this.known.set(report.key, { id, told });
    this.touched = true;
    const late = !extendsFold(this.projection, report);
    const row = reportRow(id, this.id, reported, report, late);
    if (!late) {
      const { projection, outcome } = apply(this.projection, report);
      row.outcome = outcome;
      this.newReports.push(row);
      this.become(projection, id, report, reported.silent);
      return;
    }
    this.newReports.push(row);
    await this.foldAgain(manager, id, report, reported.silent);
  }

  /** What came in and is not written yet. */
  takeNewReports(): Record<string, unknown>[] {
    return this.newReports.splice(0);
  }

  row(now: Date): PaymentRow {
    return rowOf(this.id, this.key, this.projection, this.published, now);
  }

  /** A late report can change the outcome of every later one: the whole set is folded from the start. */
  private async foldAgain(
    manager: EntityManager,
    causeId: string,
    cause: PlacedReport,
    silent: boolean,
  ): Promise<void> {
    if (!this.hasRow) await upsertPayments(manager, [this.row(new Date())]);
    this.hasRow = true;
    await insertReports(manager, this.takeNewReports());
    const rows = await manager.find(PaymentReportRow, { where: { paymentId: this.id } });
    const { projection, outcomes } = project(rows.map((row) => placedReport(row, this.key.gatewayPaymentId)));
    await updateOutcomes(manager, rows, outcomes);
    this.become(projection, causeId, cause, silent);
  }

  private async rewrite(
    id: string,
    report: PlacedReport,
    manager: EntityManager,
    reported: PaymentReported,
  ): Promise<void> {
    this.touched = true;
    await manager.update(
      PaymentReportRow,
      { id },
      {
        kind: report.kind,
        type: report.type,
        occurredAt: report.occurredAt,
        told: toldOf(report),
      },
    );
    await this.foldAgain(manager, id, report, reported.silent);
  }

  private become(after: Projection, causeId: string, cause: PlacedReport, silent: boolean): void {
    const { names, published } = changesOf(this.projection, after, this.published);
    this.projection = after;
    this.published = published;
    const snapshot = this.snapshot(cause);
    for (const name of names) this.events.push(new PAYMENT_EVENTS[name](this.id, causeId, snapshot, silent));
  }

  private snapshot(cause: PlacedReport): PaymentSnapshot {
    const { projection } = this;
    return {
      paymentId: this.id,
      ...this.key,
      orderId: projection.orderId,
      mode: projection.mode ?? 'live',
      state: projection.state ?? 'created',
      currency: projection.currency,
      amount: projection.amount,
      amountCaptured: projection.amountCaptured,
      ...moneyBack(projection),
      failure: projection.failure && { ...projection.failure, message: null },
      occurredAt: cause.occurredAt.toISOString(),
    };
  }
}

/** Writes payments whole, new and known alike, in one statement. */
export async function upsertPayments(manager: EntityManager, rows: readonly PaymentRow[]): Promise<void> {
  const {
    id: _id,
    gateway: _gateway,
    account: _account,
    gateway_payment_id: _key,
    ...changing
  } = PAYMENT_COLUMNS;
  await insertRows(manager, 'payments', PAYMENT_COLUMNS, rows, {
    orUpdateOn: 'uq_payments_gateway_payment',
    update: Object.keys(changing),
  });
}

export async function insertReports(
  manager: EntityManager,
  rows: readonly Record<string, unknown>[],
): Promise<void> {
  await insertRows(manager, 'payment_reports', REPORT_COLUMNS, rows);
}

async function updateOutcomes(
  manager: EntityManager,
  rows: readonly PaymentReportRow[],
  outcomes: ReadonlyMap<string, Outcome>,
): Promise<void> {
  const changed = rows
    .map((row) => ({ id: row.id, was: row.outcome, outcome: outcomes.get(row.key) }))
    .filter((row) => row.outcome !== row.was);
  if (changed.length === 0) return;
  await manager.query(
    `UPDATE payment_reports report SET outcome = changed.outcome
     FROM json_to_recordset($1::json) AS changed (id uuid, outcome text) WHERE report.id = changed.id`,
    [JSON.stringify(changed)],
  );
}

export function reportRow(
  id: string,
  paymentId: string,
  { payload }: PaymentReported,
  report: PlacedReport,
  late: boolean,
): Record<string, unknown> {
  return {
    id,
    payment_id: paymentId,
    delivery_id: payload.deliveryId,
    key: report.key,
    event_id: report.eventId,
    type: report.type,
    kind: report.kind,
    occurred_at: report.occurredAt,
    received_at: payload.receivedAt,
    late,
    outcome: 'applied',
    told: toldOf(report),
  };
}

export function toldOf(report: PlacedReport): Told {
  const {
    gatewayPaymentId: _id,
    kind: _kind,
    type: _type,
    occurredAt: _at,
    key: _key,
    eventId: _event,
    ...told
  } = report;
  return told;
}

/** A report as text that compares equal exactly when nothing in it differs. */
export function comparable(report: PlacedReport): string {
  return sorted([report.kind, report.type, report.occurredAt.toISOString(), toldOf(report)]);
}

export const comparableRow = (row: PaymentReportRow): string =>
  sorted([row.kind, row.type, row.occurredAt.toISOString(), row.told]);

/** jsonb keeps no key order, so both sides are written with sorted keys. */
export function sorted(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    part !== null && typeof part === 'object' && !Array.isArray(part) && !(part instanceof Date)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
