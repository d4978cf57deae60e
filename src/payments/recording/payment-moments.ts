import type { EntityManager } from 'typeorm';
import { positionOf } from '../projection/causal-order.js';
import { deriveMoneyFacts } from '../projection/money-facts.js';
import { PaymentHistory } from '../projection/payment-history.js';
import type { Projection } from '../projection/projection.js';
import type { PaymentState, PaymentStatus } from '../projection/state-transitions.js';
import { findNewestOfEach, type StoredReport } from './payment-report.store.js';
import { restoreReport } from './stored-projection.js';

/** A payment as it was after one of its reports, in causal order. It has no personal data. */
export interface PaymentMoment {
  readonly paymentId: string;
  /** The id of the report: a UUIDv7 whose time is when the report was recorded here. */
  readonly reportId: string;
  /** When it happened by the gateway's clock, in milliseconds since 1970. */
  readonly at: number;
  /** The causal rank of the report among those of one millisecond. */
  readonly rank: number;
  readonly state: PaymentState;
  readonly status: PaymentStatus;
  /** The failed attempt that is the newest one: the gateway's id of it, and the place where it began. */
  readonly attempt: { readonly id: string | null; readonly from: string } | null;
  /** How many disputes are lost. */
  readonly lostDisputes: number;
}

/** Of a payment with more reports, the older ones are left out. No payment of a real gateway has as many. */
const MAX_REPORTS = 1_000;

/**
 * What happened to these payments: each payment after each of its reports, in causal order. It follows from the reports
 * alone, so the order of their arrival does not matter.
 */
export async function findPaymentMoments(
  manager: EntityManager,
  paymentIds: readonly string[],
): Promise<ReadonlyMap<string, readonly PaymentMoment[]>> {
  const byPayment = new Map<string, StoredReport[]>();
  if (paymentIds.length === 0) return new Map();
  for (const report of await findNewestOfEach(manager, paymentIds, MAX_REPORTS)) {
    const others = byPayment.get(report.paymentId);
    if (others) others.push(report);
    else byPayment.set(report.paymentId, [report]);
  }
  return new Map([...byPayment].map(([paymentId, reports]) => [paymentId, momentsOf(paymentId, reports)]));
}

function momentsOf(paymentId: string, reports: readonly StoredReport[]): PaymentMoment[] {
  const ids = new Map(reports.map(({ key, id }) => [key, id]));
  // The fold reads the id of the payment nowhere.
  const history = new PaymentHistory(reports.map((report) => restoreReport(report, paymentId)));
  return history.inOrder().map(({ report, after }) => {
    const { at, rank } = positionOf(report);
    return { paymentId, reportId: ids.get(report.key) ?? paymentId, at, rank, ...shownOf(after) };
  });
}

const shownOf = (
  projection: Projection,
): Pick<PaymentMoment, 'state' | 'status' | 'attempt' | 'lostDisputes'> => ({
  state: projection.state ?? 'created',
  status: deriveMoneyFacts(projection).status,
  attempt: projection.attempt && {
    id: projection.attempt.id,
    from: JSON.stringify(projection.attempt.from),
  },
  lostDisputes: projection.disputes.filter(({ status }) => status === 'lost').length,
});
