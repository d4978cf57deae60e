import type { Outcome } from '../../src/payments/projection/state-transitions.js';
import {
  comparePositions,
  positionOf,
  type OrderedReport,
} from '../../src/payments/projection/causal-order.js';
import { deriveMoneyFacts } from '../../src/payments/projection/money-facts.js';
import {
  applyReport,
  isCausallyNewest,
  INITIAL_STATE,
  foldReports,
  type Projection,
} from '../../src/payments/projection/projection.js';

/** A projection in the form of the read API, to compare it with the naive payment. */
export function showPayment(
  reports: readonly OrderedReport[],
  { projection, outcomes } = foldReports(reports),
) {
  const { failure, customer, state, createdAt, merchant, gatewayOrderId, mode } = projection;
  const { refunds, ...money } = deriveMoneyFacts(projection);
  const inOrder = [...reports].sort((a, b) => comparePositions(positionOf(a), positionOf(b)));
  return {
    ...{ orderId: projection.orderId ?? gatewayOrderId, gatewayOrderId, merchant, mode },
    ...{ state, failure, customer },
    ...money,
    refunds: refunds.map((refund) => ({ ...refund, createdAt: new Date(refund.createdAt).toISOString() })),
    createdAt: new Date(createdAt ?? NaN).toISOString(),
    timeline: inOrder.map(({ key, eventId, type, kind, occurredAt }) => ({
      eventId,
      type,
      kind,
      occurredAt: occurredAt.toISOString(),
      outcome: outcomes.get(key),
    })),
  };
}

/** Applies arriving reports as the service does: a known key is ignored, and the causally newest is applied alone. */
export class ReportArrivals {
  readonly reports: OrderedReport[] = [];
  projection: Projection = INITIAL_STATE;
  outcomes = new Map<string, Outcome>();

  add(report: OrderedReport): void {
    if (this.reports.some(({ key }) => key === report.key)) return;
    this.reports.push(report);
    if (isCausallyNewest(this.projection, report)) {
      const { projection, outcome } = applyReport(this.projection, report);
      this.projection = projection;
      this.outcomes.set(report.key, outcome);
    } else ({ projection: this.projection, outcomes: this.outcomes } = foldReports(this.reports));
  }

  get shown() {
    return showPayment(this.reports, this);
  }
}
