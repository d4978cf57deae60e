import type { PaymentState } from '../../payments/index.js';
import { REMINDER_RULES, type ReminderReason } from '../reminders/reminder-rules.js';
import type { NotificationKind } from './message-kinds.js';

/** What is known about a message at the moment when it would be sent. Times in milliseconds since 1970. */
export interface MessageRuleFacts {
  /** `MESSAGES` names the kind for the payment's gateway. */
  isChosen: boolean;
  state: PaymentState;
  /** Another payment of the same order is processing, authorized or succeeded. */
  orderPaidElsewhere: boolean;
  /** Everything that was captured was refunded. */
  isWhollyRefunded: boolean;
  /** What became of the refund that the message is about. `unknown` where it is about none. */
  refund: RefundFate;
  /** What stands against a reminder, by the order that it is about; null for nothing, and for other kinds. */
  reminder: ReminderReason | null;
  occurredAt: number;
  /** When the last alert of this order was sent. */
  lastAlertAt: number | null;
  testMode: boolean;
  contact: string | null;
  /** Messages that asked for a payment and went to the contact within the last hour, over all orders. */
  alertsToContact: number;
}

/** `told`: another message told of it. */
export type RefundFate = 'stands' | 'failed' | 'told' | 'unknown';

export interface MessageLimits {
  maxAgeHours: number;
  quietSeconds: number;
  alertsPerAddress: number;
  production: boolean;
}

/** Why a message is not sent. Operators see it as the reason of the notification (docs/architecture.md lists all). */
export type SuppressedReason =
  | 'not_chosen'
  | 'order_closed'
  | 'recovered'
  | 'order_continues'
  | 'reversed'
  | 'refunded'
  | 'refund_failed'
  | 'already_told'
  | 'stale'
  | 'test_mode'
  | 'no_contact'
  | 'recent'
  | 'too_many';

type Rule = readonly [
  SuppressedReason,
  (facts: MessageRuleFacts, limits: MessageLimits, now: number) => boolean,
];

/** The kind was switched off while the message waited. */
const NOT_CHOSEN: Rule = ['not_chosen', ({ isChosen }) => !isChosen];
/** The payment is no longer failed. */
const RECOVERED: Rule = ['recovered', ({ state }) => state !== 'failed'];
const ORDER_CONTINUES: Rule = ['order_continues', ({ orderPaidElsewhere }) => orderPaidElsewhere];
/** The money was reversed before the message that it arrived was sent. */
const REVERSED: Rule = ['reversed', ({ state }) => state !== 'succeeded'];
const REFUNDED: Rule = ['refunded', ({ isWhollyRefunded }) => isWhollyRefunded];
const REFUND_FAILED: Rule = ['refund_failed', ({ refund }) => refund === 'failed'];
const ALREADY_TOLD: Rule = ['already_told', ({ refund }) => refund === 'told'];
const STALE: Rule = [
  'stale',
  ({ occurredAt }, limits, now) => now - occurredAt > limits.maxAgeHours * 3_600_000,
];
const TEST_MODE: Rule = ['test_mode', ({ testMode }, limits) => limits.production && testMode];
const NO_CONTACT: Rule = ['no_contact', ({ contact }) => contact === null];
const RECENT: Rule = [
  'recent',
  ({ lastAlertAt }, limits, now) => lastAlertAt !== null && now - lastAlertAt < limits.quietSeconds * 1_000,
];

/** The operator hears of it. */
export const TOO_MANY: SuppressedReason = 'too_many';
const TOO_MANY_TO_ADDRESS: Rule = [
  TOO_MANY,
  (facts, limits) => facts.alertsToContact >= limits.alertsPerAddress,
];

/** What holds for every kind, after the rules of its own. */
const COMMON = [STALE, TEST_MODE, NO_CONTACT];

/** A reminder is judged by its order, and is stale by its own day (reminder-rules.ts). */
const BY_ORDER = REMINDER_RULES.map(([reason]): Rule => [reason, ({ reminder }) => reminder === reason]);

/** The first rule that matches suppresses the message. If no rule matches, the message is sent. */
export const RULES: Readonly<Record<NotificationKind, readonly Rule[]>> = {
  payment_failed: [NOT_CHOSEN, RECOVERED, ORDER_CONTINUES, ...COMMON, RECENT, TOO_MANY_TO_ADDRESS],
  payment_received: [NOT_CHOSEN, REVERSED, ...COMMON],
  receipt: [NOT_CHOSEN, REVERSED, REFUNDED, ...COMMON],
  refund_note: [NOT_CHOSEN, REFUND_FAILED, ALREADY_TOLD, ...COMMON],
  reminder: [NOT_CHOSEN, ...BY_ORDER, TEST_MODE, NO_CONTACT, TOO_MANY_TO_ADDRESS],
};

export function findSuppressedReason(
  kind: NotificationKind,
  facts: MessageRuleFacts,
  limits: MessageLimits,
  now: number,
): SuppressedReason | null {
  return RULES[kind].find(([, matches]) => matches(facts, limits, now))?.[0] ?? null;
}
