import type { FailureReason } from '../../../payments/index.js';

/**
 * All sentences of one language. No sentence has an optional part inside it: a value that may be unknown (order,
 * amount) is in the list of details, or in a sentence of its own. `{order}` and `{name}` are placeholders.
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
  /** What the customer can do without a link. */
  readonly retryWithoutLink: string;
  readonly alreadyPaid: string;
  readonly automatic: string;
  /** What went wrong and what the customer can do. */
  readonly reasons: Readonly<Record<FailureReason, string>>;
}
