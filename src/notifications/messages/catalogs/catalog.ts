import type { FailureReason } from '../failure-words.js';

/**
 * All words of one language. Sentences never have an optional part in their middle: what may be unknown (order,
 * amount) stands in the list of details, or in a sentence of its own. `{order}` and `{name}` are filled in.
 */
export interface Catalog {
  readonly failedSubject: string;
  readonly failedSubjectWithOrder: string;
  readonly failedTitle: string;
  readonly receivedSubject: string;
  readonly receivedSubjectWithOrder: string;
  readonly receivedTitle: string;
  readonly receivedText: string;
  readonly greeting: string;
  readonly greetingWithName: string;
  readonly order: string;
  readonly amount: string;
  readonly when: string;
  readonly retryLead: string;
  readonly retryButton: string;
  readonly plainUrlLead: string;
  /** What to do where there is no link. */
  readonly retryWithoutLink: string;
  readonly alreadyPaid: string;
  readonly automatic: string;
  /** What went wrong and what helps, to the customer. */
  readonly reasons: Readonly<Record<FailureReason, string>>;
}
