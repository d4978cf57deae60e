import { comparePositions, positionOf, type CausalPosition, type OrderedReport } from './causal-order.js';
import { applyReport, INITIAL_STATE, type Projection } from './projection.js';
import type { Outcome } from './state-transitions.js';

/** One report at its position, with the projection and the outcome after it. */
interface Step {
  position: CausalPosition;
  report: OrderedReport;
  after: Projection;
  outcome: Outcome;
}

/**
 * All reports of a payment in causal order, whatever order they arrive in. The projection after every report is kept,
 * so a late report is folded only with those after it. The result equals `foldReports` of all reports.
 */
export class PaymentHistory {
  private readonly steps: Step[] = [];

  constructor(reports: readonly OrderedReport[]) {
    const ordered = reports.map((report) => ({ report, position: positionOf(report) }));
    ordered.sort((a, b) => comparePositions(a.position, b.position));
    for (const { report, position } of ordered)
      this.steps.push(createStep(this.projection, report, position));
  }

  /** The projection after all reports. */
  get projection(): Projection {
    return this.steps.at(-1)?.after ?? INITIAL_STATE;
  }

  /** Every report in causal order, with the projection after it. */
  inOrder(): readonly { readonly report: OrderedReport; readonly after: Projection }[] {
    return this.steps;
  }

  /** Adds a report. Its key must be new. */
  insert(report: OrderedReport): void {
    const position = positionOf(report);
    let at = this.steps.length;
    while (at > 0 && comparePositions(position, (this.steps[at - 1] as Step).position) < 0) at--;
    this.steps.splice(at, 0, createStep(this.projectionBefore(at), report, position));
    this.foldFrom(at + 1);
  }

  /** Replaces the report with the same key, or adds it. Its position may change. */
  replace(report: OrderedReport): void {
    const at = this.steps.findIndex((step) => step.report.key === report.key);
    if (at !== -1) {
      this.steps.splice(at, 1);
      this.foldFrom(at);
    }
    this.insert(report);
  }

  /** The outcome of each report, by report key. */
  outcomes(): Map<string, Outcome> {
    return new Map(this.steps.map(({ report, outcome }) => [report.key, outcome]));
  }

  private projectionBefore(at: number): Projection {
    return this.steps[at - 1]?.after ?? INITIAL_STATE;
  }

  /** Folds all reports from index `first` on again. */
  private foldFrom(first: number): void {
    for (let at = first; at < this.steps.length; at++) {
      const { report, position } = this.steps[at] as Step;
      this.steps[at] = createStep(this.projectionBefore(at), report, position);
    }
  }
}

function createStep(before: Projection, report: OrderedReport, position: CausalPosition): Step {
  const { projection, outcome } = applyReport(before, report);
  return { position, report, after: projection, outcome };
}
