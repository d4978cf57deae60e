import type { FrozenFacts } from '../messages/message.js';
import type { DueMessage } from '../notification-set.store.js';
import type { OrderState } from '../order-messages.store.js';
import { isWhollyRefunded } from '../../payments/index.js';
import type { NotificationKind } from '../kinds/message-kinds.js';
import { findSuppressedReason, type MessageLimits, type MessageRuleFacts } from '../kinds/message-rules.js';
import { NO_NOTES, refundFate, type SentRefundNotes } from '../kinds/refund-notes.js';
import type { ReminderVerdict } from '../reminders/reminder-judge.js';
import { type AddressUse, canonicalAddress, isLimited } from '../scheduling/address-limit.js';
import { alertScopeOf, isInScope, type AlertScope, type StoredScope } from '../scheduling/order-key.js';

export type Decision =
  /** `recipient` is what is stored: see `SetKnowledge.recipientOf`. */
  | { kind: 'send'; to: string; recipient: string | null; facts: FrozenFacts; scope: StoredScope }
  | { kind: 'suppress'; reason: string }
  /** Another message of the same order, or to the same address, is under way. Decide again later. */
  | { kind: 'wait'; delayMs?: number }
  /** There is no such payment. */
  | { kind: 'fail' };

/** What the decisions on a set need to know beside the messages. */
export interface SetKnowledge {
  /** By the id of the payment. Absent where the lock of its order was not taken. */
  states: ReadonlyMap<string, OrderState>;
  limits: MessageLimits;
  /** Milliseconds since 1970. */
  now: number;
  /** The notes about refunds that were sent, by payment. */
  sentRefundNotes: ReadonlyMap<string, SentRefundNotes>;
  /** What stands against each reminder, by its id. */
  reminders: ReadonlyMap<string, ReminderVerdict>;
  /** Whether `MESSAGES` names the kind for the gateway. */
  isChosen: (kind: NotificationKind, gateway: string) => boolean;
  /** Null where the channel cannot reach the customer, empty where it needs no address. */
  addressOf: (state: OrderState) => string | null;
  /**
   * The address by which alerts to the customer are counted: where the message goes, else what is known of the customer.
   * Null where nothing is known.
   */
  recipientOf: (state: OrderState) => string | null;
  freeze: (message: DueMessage, state: OrderState) => FrozenFacts;
  /** How many more messages may go to an address at a time. */
  roomFor: (address: string) => number;
  /** Alerts to an address, in its canonical form. Null where the lock of the address was not taken. */
  alertsTo: (address: string) => AddressUse | null;
  /** True where a message that is decided to go out is still being sent when the next one is decided. */
  takesTime: boolean;
}

/**
 * Decides on messages in the order of their ids, as if each was decided alone and the next one found it in the database.
 * Pure. Of two messages of one order the later one waits until the earlier one has ended.
 */
export function decideInOrder(
  messages: readonly DueMessage[],
  knowledge: SetKnowledge,
): ReadonlyMap<string, Decision> {
  const decisions = new Map<string, Decision>();
  const unfinished: StoredScope[] = [];
  const sends: Send[] = [];
  for (const message of messages) {
    let decision = decideOne(message, unfinished, knowledge);
    if (decision.kind === 'send' && knowledge.takesTime) {
      const send = { ...decision, isLimited: isLimited(message.kind) };
      if (hasRoom(send, sends, knowledge)) sends.push(send);
      else decision = { kind: 'wait' };
    }
    decisions.set(message.id, decision);
    if (decision.kind === 'send' && knowledge.takesTime) unfinished.push(decision.scope);
    // A reminder waits for every other message of its order, so none waits for a reminder.
    if (decision.kind === 'wait' && message.kind !== 'reminder') unfinished.push(message.stored);
  }
  return decisions;
}

/** A message of the set that goes out. */
interface Send {
  to: string;
  recipient: string | null;
  isLimited: boolean;
}

/**
 * False while as many messages are on their way to the address as may be at a time, or as many alerts as may go to it in
 * an hour. Whether they arrive is not known yet, so a further alert waits for their ends. A channel that needs no address
 * is limited by alerts alone.
 */
function hasRoom(
  { to, recipient, isLimited }: Send,
  sends: readonly Send[],
  { roomFor, alertsTo, limits }: SetKnowledge,
): boolean {
  if (to !== '' && sends.filter((other) => other.to === to).length >= roomFor(to)) return false;
  if (!isLimited || recipient === null) return true;
  const address = canonicalAddress(recipient);
  const alerts = alertsTo(address);
  if (alerts === null) return false;
  const ofSet = sends.filter(
    (other) => other.isLimited && other.recipient !== null && canonicalAddress(other.recipient) === address,
  ).length;
  return alerts.sent + alerts.underWay + ofSet < limits.alertsPerAddress;
}

function decideOne(
  message: DueMessage,
  unfinished: readonly StoredScope[],
  knowledge: SetKnowledge,
): Decision {
  const { states, addressOf, recipientOf, freeze } = knowledge;
  if (message.order === null) return { kind: 'fail' };
  const scope = alertScopeOf(message.order);
  const state = states.get(message.paymentId);
  if (state === undefined || !isSameOrder(alertScopeOf(state), scope)) return { kind: 'wait' };
  if (hasToWait(message.id, state) || unfinished.some((other) => isInScope(other, scope)))
    return { kind: 'wait' };
  const to = addressOf(state);
  const reason = suppressionReason(message, state, to, knowledge);
  if (reason !== null) return { kind: 'suppress', reason };
  if (verdictOn(message, knowledge) === 'wait') return { kind: 'wait', delayMs: REMINDER_WAIT_MS };
  if (to === null) return { kind: 'suppress', reason: 'no_contact' };
  const { keys: _, ...known } = scope;
  // The message that the money arrived counts for the order under which it was scheduled.
  return {
    kind: 'send',
    to,
    recipient: recipientOf(state),
    facts: freeze(message, state),
    scope: message.kind === 'payment_received' ? message.stored : known,
  };
}

/** How long a reminder waits for another message of its order, which may wait for the mail server. */
const REMINDER_WAIT_MS = 1_000;

/** A reminder whose payment has no order any more asks for nothing. */
const verdictOn = ({ id, kind }: DueMessage, { reminders }: SetKnowledge): ReminderVerdict => {
  if (kind !== 'reminder') return null;
  const verdict = reminders.get(id);
  return verdict === undefined ? 'recovered' : verdict;
};

/** False when the payment got another order id before the lock was taken: the lock is that of another order. */
const isSameOrder = (known: AlertScope, locked: AlertScope): boolean =>
  known.merchant === locked.merchant &&
  known.mode === locked.mode &&
  known.orderKey === locked.orderKey &&
  known.gatewayOrderId === locked.gatewayOrderId;

const hasToWait = (id: string, { isSending, earliestWaiting }: OrderState): boolean =>
  isSending || (earliestWaiting !== null && earliestWaiting < id);

function suppressionReason(
  message: DueMessage,
  state: OrderState,
  contact: string | null,
  knowledge: SetKnowledge,
): string | null {
  const { kind, attemptKey, paymentId, occurredAt } = message;
  const { limits, now, isChosen, sentRefundNotes, recipientOf, alertsTo } = knowledge;
  const recipient = recipientOf(state);
  const verdict = verdictOn(message, knowledge);
  const facts: MessageRuleFacts = {
    isChosen: isChosen(kind, state.gateway),
    state: state.state,
    orderPaidElsewhere: state.paidElsewhere,
    isWhollyRefunded: isWhollyRefunded(state),
    refund:
      kind === 'refund_note'
        ? refundFate(attemptKey, state, sentRefundNotes.get(paymentId) ?? NO_NOTES)
        : 'unknown',
    reminder: verdict === 'wait' ? null : verdict,
    occurredAt: occurredAt.getTime(),
    lastAlertAt: state.lastAlertAt?.getTime() ?? null,
    testMode: state.mode === 'test',
    contact,
    alertsToContact:
      recipient !== null && isLimited(kind) ? (alertsTo(canonicalAddress(recipient))?.sent ?? 0) : 0,
  };
  return findSuppressedReason(kind, facts, limits, now);
}
