import type { Outcome } from '../../src/payments/projection/state-transitions.js';
import { comparePlaces, placeOf, type PlacedReport } from '../../src/payments/projection/causal-order.js';
import { moneyFacts } from '../../src/payments/projection/money-facts.js';
import {
  apply,
  extendsFold,
  NOTHING_REPORTED,
  project,
  type Projection,
} from '../../src/payments/projection/projection.js';

/** What the projection comes to, in the words of the read API, so that it can be held against the naive payment. */
export function shown(reports: readonly PlacedReport[], { projection, outcomes } = project(reports)) {
  const { failure, customer, state, createdAt, merchant, gatewayOrderId, mode } = projection;
  const { refunds, ...money } = moneyFacts(projection);
  const inOrder = [...reports].sort((a, b) => comparePlaces(placeOf(a), placeOf(b)));
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

/** Arrivals of one payment as the service takes them: known keys say nothing, the newest is applied alone. */
export class Arrivals {
  readonly reports: PlacedReport[] = [];
  projection: Projection = NOTHING_REPORTED;
  outcomes = new Map<string, Outcome>();

  take(report: PlacedReport): void {
    if (this.reports.some(({ key }) => key === report.key)) return;
    this.reports.push(report);
    if (extendsFold(this.projection, report)) {
      const { projection, outcome } = apply(this.projection, report);
      this.projection = projection;
      this.outcomes.set(report.key, outcome);
    } else ({ projection: this.projection, outcomes: this.outcomes } = project(this.reports));
  }

  get shown() {
    return shown(this.reports, this);
  }
}
