import type { FailureReason } from '../../../payments/index.js';
import type { NotificationKind } from '../../kinds/message-kinds.js';

/** What is said by each message of a kind. */
export interface KindWords {
  readonly subject: string;
  readonly subjectWithOrder: string;
  readonly title: string;
}

/** The first sentences of a kind. Those of `payment_failed` are the reason of the failure. */
export interface TextWords {
  readonly text: string;
}

/** How a message asks for a payment. */
export interface AskingWords {
  readonly lead: string;
  readonly button: string;
  /** What the customer can do without a link. */
  readonly withoutLink: string;
}

/**
 * All sentences of one language: the compiler refuses a catalog that lacks one. No sentence has an optional part inside it:
 * a value that may be unknown (order, amount) is in the list of details, or in a sentence of its own. `{order}`, `{name}`
 * and `{when}` are placeholders.
 */
export interface Catalog {
  readonly kinds: Readonly<Record<NotificationKind, KindWords>> & {
    readonly payment_failed: AskingWords;
    readonly payment_received: TextWords;
    readonly receipt: TextWords;
    readonly refund_note: TextWords;
    readonly reminder: TextWords & AskingWords;
  };
  readonly greeting: string;
  readonly greetingWithName: string;
  readonly order: string;
  readonly amount: string;
  /** Labels of the amount in a note about a refund: of one refund, and of all refunds of the payment. */
  readonly refunded: string;
  readonly refundedInTotal: string;
  readonly when: string;
  readonly plainUrlLead: string;
  readonly alreadyPaid: string;
  /** The gateway tries the payment again by itself, at `{when}`. Nobody can promise it: a plan. */
  readonly nextAttempt: string;
  /** The gateway told that it does not try again by itself. */
  readonly noNextAttempt: string;
  readonly automatic: string;
  /** What went wrong and what the customer can do. */
  readonly reasons: Readonly<Record<FailureReason, string>>;
}
