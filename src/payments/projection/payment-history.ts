import { comparePlaces, placeOf, type Place, type PlacedReport } from './causal-order.js';
import { apply, NOTHING_REPORTED, type Projection } from './projection.js';
import type { Outcome } from './state-transitions.js';

/** One report at its place, and what the fold came to there. */
interface Step {
  place: Place;
  report: PlacedReport;
  after: Projection;
  outcome: Outcome;
}

/**
 * All reports of a payment in their causal order, whatever order they come in. The fold is kept at every step, so
 * that a report which comes late costs those after it and not those before. Gives what `project` gives of the set.
 */
export class PaymentHistory {
  private readonly steps: Step[] = [];

  constructor(reports: readonly PlacedReport[]) {
    const placed = reports.map((report) => ({ report, place: placeOf(report) }));
    placed.sort((a, b) => comparePlaces(a.place, b.place));
    for (const { report, place } of placed) this.steps.push(stepFrom(this.projection, report, place));
  }

  get projection(): Projection {
    return this.steps.at(-1)?.after ?? NOTHING_REPORTED;
  }

  /** The key must not be there yet. */
  insert(report: PlacedReport): void {
    const place = placeOf(report);
    let at = this.steps.length;
    while (at > 0 && comparePlaces(place, (this.steps[at - 1] as Step).place) < 0) at--;
    this.steps.splice(at, 0, stepFrom(this.before(at), report, place));
    this.foldFrom(at + 1);
  }

  /** What was said is read anew, and may belong elsewhere. */
  replace(report: PlacedReport): void {
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

  private before(at: number): Projection {
    return this.steps[at - 1]?.after ?? NOTHING_REPORTED;
  }

  private foldFrom(first: number): void {
    for (let at = first; at < this.steps.length; at++) {
      const { report, place } = this.steps[at] as Step;
      this.steps[at] = stepFrom(this.before(at), report, place);
    }
  }
}

function stepFrom(before: Projection, report: PlacedReport, place: Place): Step {
  const { projection, outcome } = apply(before, report);
  return { place, report, after: projection, outcome };
}
