import type { ValidationIssue } from '../gateways/gateway.js';

/** The most issues of one body that are stored, shown and answered. Further ones are only counted. */
export const MAX_ISSUES = 100;

/** What is wrong with a body: the first 100 issues, and how many more there are. */
export interface ValidationIssues {
  readonly issues: readonly ValidationIssue[];
  /** Absent if there are no further issues. */
  readonly more?: number;
}

/** Collects issues in bounded memory. Beyond the bound no message is built. */
export class IssueCollector {
  private readonly issues: ValidationIssue[] = [];
  private more = 0;

  add(path: string, message: () => string): void {
    if (this.issues.length < MAX_ISSUES) this.issues.push({ path, message: message() });
    else this.more++;
  }

  /** Adds the issues of a part of the body. Their paths are relative to `parent`. */
  addAll({ issues, more = 0 }: ValidationIssues, parent: string): void {
    for (const { path, message } of issues)
      this.add(path === '$' ? parent : `${parent}.${path}`, () => message);
    this.more += more;
  }

  /** The issues so far. */
  get list(): ValidationIssues {
    return this.more > 0 ? { issues: this.issues, more: this.more } : { issues: this.issues };
  }
}

/** Cuts a list of any length to the bound. `further` is the number of issues that were only counted before. */
export function boundIssues(faults: readonly ValidationIssue[], further = 0): ValidationIssues {
  const more = Math.max(0, faults.length - MAX_ISSUES) + further;
  return more > 0 ? { issues: faults.slice(0, MAX_ISSUES), more } : { issues: faults };
}
