import {
  compareReports,
  type FactChange,
  type PaymentReported,
  type ReportComparison,
} from '../../payments/index.js';
import type { EntityManager } from 'typeorm';
import type { ListedObject, PaymentQuestion } from '../gateways/gateway.js';
import { findMerchantOfAnswers, toAskedDelivery, type AskedDelivery } from '../inbox/asked-delivery.js';
import type { NewDelivery } from '../inbox/delivery.store.js';
import { toPaymentReports } from '../message/payment-reports.js';
import type { ReconciliationTarget } from './reconciliation-targets.js';
import type { ItemKind } from './reconciliation-item.entity.js';

/** What became of one object. `irrelevant`: it says nothing about a payment. */
export interface Finding {
  readonly kind: ItemKind | 'same' | 'irrelevant';
  readonly what: string;
  readonly objectId: string;
  readonly gatewayPaymentId: string | null;
  readonly paymentId: string | null;
  readonly difference: string;
  /** What to store, where the object is stored. */
  readonly delivery: NewDelivery | null;
  /** The object is the payment itself, and more is expected of that payment. */
  readonly unfinished: boolean;
}

/** Texts of items are bounded: a payment may have hundreds of refunds. */
const MAX_DIFFERENCE_LENGTH = 1_000;
const MAX_ID_LENGTH = 255;

/** Where objects come from: the account, when the request began, and the question if it was one. */
export interface ObjectSource {
  readonly target: ReconciliationTarget;
  readonly observedAt: Date;
  readonly receivedAt: Date;
  readonly question: Omit<PaymentQuestion, 'cursor'> | null;
}

/** An object that was read, with its reports; `reports` is empty where it has none. */
interface ReadObject {
  readonly listed: ListedObject;
  readonly asked: AskedDelivery;
  readonly reports: readonly PaymentReported[];
}

/** Compares each object with the payment that it reports on. Writes nothing. */
export async function compareObjects(
  manager: EntityManager,
  objects: readonly ListedObject[],
  source: ObjectSource,
): Promise<Finding[]> {
  const { gateway, account } = source.target;
  const merchant = await findMerchantOfAnswers(manager, gateway, account);
  const readings = objects.map((listed) => readObject(listed, merchant, source));
  const groups = readings.flatMap((reading) => groupsOf(reading, source));
  const comparisons = await compareReports(
    manager,
    groups.map(({ reports }) => reports),
  );
  const byObject = new Map<ReadObject, ReportComparison[]>();
  groups.forEach(({ reading }, at) => {
    const comparison = comparisons[at];
    if (comparison) byObject.set(reading, [...(byObject.get(reading) ?? []), comparison]);
  });
  return readings.map((reading) => toFinding(reading, byObject.get(reading) ?? [], source));
}

function readObject(
  listed: ListedObject,
  merchant: string | null,
  { target, observedAt, receivedAt }: ObjectSource,
): ReadObject {
  const asked = toAskedDelivery(target.gateway, target.account, {
    raw: listed.raw,
    provenance: 'reconciled',
    observedAt,
    receivedAt,
    causedBy: null,
    merchant,
  });
  const { id, gateway, account, key, eventId } = asked.delivery;
  const origin = { id, gateway, account, key, event_id: eventId, received_at: receivedAt };
  const reports = toPaymentReports({ ...origin, replay: false, silent: false }, asked.interpreted);
  return { listed, asked, reports };
}

type Group = [PaymentReported, ...PaymentReported[]];

/** The reports of an object, one group for each payment. None where the object is about another payment than expected. */
function groupsOf(reading: ReadObject, source: ObjectSource): { reading: ReadObject; reports: Group }[] {
  if (contradicts(reading, source)) return [];
  const groups = new Map<string, Group>();
  for (const report of reading.reports) {
    const id = report.payload.report.gatewayPaymentId;
    const group = groups.get(id);
    if (group) group.push(report);
    else groups.set(id, [report]);
  }
  return [...groups.values()].map((reports) => ({ reading, reports }));
}

/** An object that is about another payment than it says, or than was asked about, is not believed. */
function contradicts({ listed, reports }: ReadObject, { question }: ObjectSource): boolean {
  const expected = [listed.gatewayPaymentId, question?.gatewayPaymentId ?? null];
  const order = question?.gatewayPaymentId === null ? question.gatewayOrderId : null;
  return reports.some(
    ({ payload: { report } }) =>
      expected.some((id) => id !== null && id !== report.gatewayPaymentId) ||
      (order !== null && report.gatewayOrderId !== null && report.gatewayOrderId !== order),
  );
}

function toFinding(
  reading: ReadObject,
  comparisons: readonly ReportComparison[],
  source: ObjectSource,
): Finding {
  const { listed, asked, reports } = reading;
  const first = reports[0]?.payload.report.gatewayPaymentId ?? listed.gatewayPaymentId;
  const common = {
    what: storable(listed.what),
    objectId: storable(listed.id),
    gatewayPaymentId: first === null ? null : storable(first),
    paymentId: comparisons.find(({ paymentId }) => paymentId !== null)?.paymentId ?? null,
    unfinished: listed.id === listed.gatewayPaymentId && comparisons.some(({ final }) => !final),
  };
  if (contradicts(reading, source))
    return {
      ...common,
      kind: 'contradicting',
      difference: 'the object is about another payment',
      delivery: null,
    };
  const { content } = asked.interpreted;
  if (content.kind === 'invalid')
    return {
      ...common,
      kind: 'parked',
      difference: `parked: ${pathsOf(content.issues)}`,
      delivery: asked.delivery,
    };
  if (content.kind !== 'reports') return { ...common, kind: 'irrelevant', difference: '', delivery: null };
  if (comparisons.some(({ kind }) => kind === 'missing'))
    return { ...common, kind: 'missing', difference: 'the payment is missing', delivery: asked.delivery };
  const changes = comparisons.flatMap((one) => (one.kind === 'different' ? one.changes : []));
  if (changes.length === 0) return { ...common, kind: 'same', difference: '', delivery: null };
  return { ...common, kind: 'different', difference: toText(changes), delivery: asked.delivery };
}

/** A payment that the gateway does not know, or that it could not be asked about. */
export const aboutQuestion = (
  { gatewayPaymentId, gatewayOrderId }: PaymentQuestion,
  kind: 'unknown' | 'unanswered',
  difference: string,
): Finding => ({
  kind,
  what: gatewayPaymentId === null ? 'order' : 'payment',
  objectId: gatewayPaymentId ?? gatewayOrderId ?? '',
  gatewayPaymentId,
  paymentId: null,
  difference,
  delivery: null,
  unfinished: false,
});

const toText = (changes: readonly FactChange[]): string =>
  changes
    .map(({ field, before, after }) => `${field}: ${before} → ${after}`)
    .join('; ')
    .slice(0, MAX_DIFFERENCE_LENGTH);

/** Paths only: the message of an issue may quote the value. */
const pathsOf = (issues: readonly { readonly path: string }[]): string =>
  issues
    .map(({ path }) => path)
    .join(', ')
    .slice(0, MAX_DIFFERENCE_LENGTH);

/** A text of the gateway as PostgreSQL can keep it, with bounded length. */
const storable = (text: string): string =>
  text
    .replace(/\p{Cc}/gu, '')
    .toWellFormed()
    .slice(0, MAX_ID_LENGTH);
