import { comparePositions, positionOf, type CausalPosition, type OrderedReport } from './causal-order.js';
import { applyReport, INITIAL_STATE, type Projection } from './projection.js';
import type { Outcome } from './state-transitions.js';

/** One report at its place, and what the fold came to there. */
interface Step {
  position: CausalPosition;
  report: OrderedReport;
  after: Projection;
  outcome: Outcome;
}

/**
 * All reports of a payment in their causal order, whatever order they come in. The fold is kept at every step, so
 * that a report which comes late costs those after it and not those before. Gives what `project` gives of the set.
 */
export class PaymentHistory {
  private readonly steps: Step[] = [];

  constructor(reports: readonly OrderedReport[]) {
    const placed = reports.map((report) => ({ report, place: positionOf(report) }));
    placed.sort((a, b) => comparePositions(a.place, b.place));
    for (const { report, place } of placed) this.steps.push(createStep(this.projection, report, place));
  }

  get projection(): Projection {
    return this.steps.at(-1)?.after ?? INITIAL_STATE;
  }

  /** The key must not be there yet. */
  insert(report: OrderedReport): void {
    const place = positionOf(report);
    let at = this.steps.length;
    while (at > 0 && comparePositions(place, (this.steps[at - 1] as Step).position) < 0) at--;
    this.steps.splice(at, 0, createStep(this.projectionBefore(at), report, place));
    this.foldFrom(at + 1);
  }

  /** What was said is read anew, and may belong elsewhere. */
  replace(report: OrderedReport): void {
    const at = this.steps.findIndex((step) => step.report.key === report.key);
    if (at !== -1) {
      this.steps.splice(at, 1);
      this.foldFrom(at);
    }
    this.insert(report);
  }

  /** By report key. */
  outcomes(): Map<string, Outcome> {
    return new Map(this.steps.map(({ report, outcome }) => [report.key, outcome]));
  }

  private projectionBefore(at: number): Projection {
    return this.steps[at - 1]?.after ?? INITIAL_STATE;
  }

  private foldFrom(first: number): void {
    for (let at = first; at < this.steps.length; at++) {
      const { report, position: place } = this.steps[at] as Step;
      this.steps[at] = createStep(this.projectionBefore(at), report, place);
    }
  }
}

function createStep(before: Projection, report: OrderedReport, place: CausalPosition): Step {
  const { projection, outcome } = applyReport(before, report);
  return { position: place, report, after: projection, outcome };
}
