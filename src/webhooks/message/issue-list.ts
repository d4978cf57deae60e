import type { ValidationIssue } from '../gateways/gateway.js';

/** At most so many faults of one body are kept, shown and answered. The others are counted. */
export const MAX_ISSUES = 100;

/** What is wrong with a body: the first {@link MAX_ISSUES} faults, and how many more there are. */
export interface ValidationIssues {
  readonly issues: readonly ValidationIssue[];
  /** Absent where there are none. */
  readonly more?: number;
}

/** Gathers faults in bounded memory. A message past the bound is not even made. */
export class IssueCollector {
  private readonly issues: ValidationIssue[] = [];
  private more = 0;

  add(path: string, message: () => string): void {
    if (this.issues.length < MAX_ISSUES) this.issues.push({ path, message: message() });
    else this.more++;
  }

  /** Issues of a part, whose paths begin at `parent`. */
  addAll({ issues, more = 0 }: ValidationIssues, parent: string): void {
    for (const { path, message } of issues)
      this.add(path === '$' ? parent : `${parent}.${path}`, () => message);
    this.more += more;
  }

  /** What was gathered so far. */
  get list(): ValidationIssues {
    return this.more > 0 ? { issues: this.issues, more: this.more } : { issues: this.issues };
  }
}

/** Cuts a list of any length to the bound. `further` faults were counted and not kept before. */
export function boundIssues(faults: readonly ValidationIssue[], further = 0): ValidationIssues {
  const more = Math.max(0, faults.length - MAX_ISSUES) + further;
  return more > 0 ? { issues: faults.slice(0, MAX_ISSUES), more } : { issues: faults };
}
