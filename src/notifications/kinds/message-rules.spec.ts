import { describe, expect, it } from '@jest/globals';
import { REMINDER_RULES } from '../reminders/reminder-rules.js';
import { NOTIFICATION_KINDS, type NotificationKind } from './message-kinds.js';
import {
  findSuppressedReason,
  RULES,
  type MessageLimits,
  type MessageRuleFacts,
  type SuppressedReason,
} from './message-rules.js';

const NOW = Date.UTC(2026, 10, 23, 12);
const SECOND = 1_000;
const HOUR = 3_600 * SECOND;

const LIMITS: MessageLimits = { maxAgeHours: 72, quietSeconds: 900, alertsPerAddress: 5, production: true };
const COMMON: MessageRuleFacts = {
  isChosen: true,
  state: 'failed',
  orderPaidElsewhere: false,
  isWhollyRefunded: false,
  refund: 'unknown',
  reminder: null,
  occurredAt: NOW - 5 * SECOND,
  lastAlertAt: null,
  testMode: false,
  contact: 'asha@example.com',
  alertsToContact: 4,
};
/** Facts by which a message of each kind is sent. */
const READY: Record<NotificationKind, MessageRuleFacts> = {
  payment_failed: COMMON,
  payment_received: { ...COMMON, state: 'succeeded' },
  receipt: { ...COMMON, state: 'succeeded' },
  refund_note: { ...COMMON, state: 'succeeded', refund: 'stands' },
  reminder: COMMON,
};

type Case = [
  SuppressedReason | null,
  kinds: readonly NotificationKind[],
  when: string,
  Partial<MessageRuleFacts>,
  Partial<MessageLimits>,
];
const THANKING: readonly NotificationKind[] = ['payment_received', 'receipt'];

/** A reminder is stale by its own day. */
const AGING = NOTIFICATION_KINDS.filter((kind) => kind !== 'reminder');

const CASES: readonly Case[] = [
  ['not_chosen', NOTIFICATION_KINDS, 'the kind was switched off meanwhile', { isChosen: false }, {}],
  ['recovered', ['payment_failed'], 'the payment is no longer failed', { state: 'processing' }, {}],
  [
    'order_continues',
    ['payment_failed'],
    'another payment of the order goes on',
    { orderPaidElsewhere: true },
    {},
  ],
  ['reversed', THANKING, 'the money is gone again', { state: 'failed' }, {}],
  ['refunded', ['receipt'], 'all of it was refunded', { isWhollyRefunded: true }, {}],
  [null, ['payment_received', 'refund_note'], 'all of it was refunded', { isWhollyRefunded: true }, {}],
  ['refund_failed', ['refund_note'], 'the refund failed', { refund: 'failed' }, {}],
  ['already_told', ['refund_note'], 'another note told of it', { refund: 'told' }, {}],
  ['stale', AGING, 'it is longer ago than the limit', { occurredAt: NOW - 72 * HOUR - 1 }, {}],
  [null, NOTIFICATION_KINDS, 'it is exactly the limit ago', { occurredAt: NOW - 72 * HOUR }, {}],
  ['stale', AGING, 'no age at all is allowed', { occurredAt: NOW - 1 }, { maxAgeHours: 0 }],
  [
    null,
    NOTIFICATION_KINDS,
    'it is a little ahead of our clock',
    { occurredAt: NOW + 60 * SECOND },
    { maxAgeHours: 0 },
  ],
  [null, ['reminder'], 'it failed longer ago than the limit', { occurredAt: NOW - 72 * HOUR - 1 }, {}],
  ...REMINDER_RULES.map(([reason]): Case => [
    reason,
    ['reminder'],
    'its order says so',
    { reminder: reason },
    {},
  ]),
  ['test_mode', NOTIFICATION_KINDS, 'the payment is a test in production', { testMode: true }, {}],
  [null, NOTIFICATION_KINDS, 'it is a test outside production', { testMode: true }, { production: false }],
  ['no_contact', NOTIFICATION_KINDS, 'there is no usable contact', { contact: null }, {}],
  ['recent', ['payment_failed'], 'the order had an alert just now', { lastAlertAt: NOW - 899 * SECOND }, {}],
  [null, ['payment_failed'], 'the quiet time is just over', { lastAlertAt: NOW - 900 * SECOND }, {}],
  [null, ['payment_failed'], 'no quiet time is kept', { lastAlertAt: NOW }, { quietSeconds: 0 }],
  [null, THANKING, 'the order had an alert just now', { lastAlertAt: NOW }, {}],
  [
    'too_many',
    ['payment_failed', 'reminder'],
    'the address had all alerts of an hour',
    { alertsToContact: 5 },
    {},
  ],
  [
    'too_many',
    ['payment_failed', 'reminder'],
    'no alert at all is allowed',
    { alertsToContact: 0 },
    { alertsPerAddress: 0 },
  ],
  [null, THANKING, 'the address had all alerts of an hour', { alertsToContact: 5 }, {}],
];

describe('a message', () => {
  it.each(NOTIFICATION_KINDS)('%s is sent when no rule suppresses it', (kind) => {
    expect(findSuppressedReason(kind, READY[kind], LIMITS, NOW)).toBeNull();
  });

  it.each(CASES.flatMap(([reason, kinds, ...rest]) => kinds.map((kind) => [kind, reason, ...rest] as const)))(
    '%s is %s when %s',
    (kind, reason, _when, facts, limits) => {
      expect(findSuppressedReason(kind, { ...READY[kind], ...facts }, { ...LIMITS, ...limits }, NOW)).toBe(
        reason,
      );
    },
  );

  it.each(NOTIFICATION_KINDS)('%s names the first rule that suppresses it', (kind) => {
    const ready = READY[kind];
    const everything: MessageRuleFacts = {
      isChosen: false,
      state: ready.state === 'failed' ? 'succeeded' : 'failed',
      orderPaidElsewhere: true,
      isWhollyRefunded: true,
      refund: 'failed',
      reminder: 'order_closed',
      occurredAt: NOW - 1_000 * HOUR,
      lastAlertAt: NOW,
      testMode: true,
      contact: null,
      alertsToContact: 5,
    };
    const cures: Partial<Record<SuppressedReason, Partial<MessageRuleFacts>>> = {
      not_chosen: { isChosen: true },
      order_closed: { reminder: 'recovered' },
      recovered: { state: ready.state, reminder: 'order_continues' },
      reversed: { state: ready.state },
      order_continues: { orderPaidElsewhere: false, reminder: 'stale' },
      refunded: { isWhollyRefunded: false },
      refund_failed: { refund: 'told' },
      already_told: { refund: 'stands' },
      stale: { occurredAt: NOW, reminder: 'recent' },
      test_mode: { testMode: false },
      no_contact: { contact: 'asha@example.com' },
      recent: { lastAlertAt: null, reminder: null },
      too_many: { alertsToContact: 4 },
    };
    let facts = everything;
    for (const [reason] of RULES[kind]) {
      expect(findSuppressedReason(kind, facts, LIMITS, NOW)).toBe(reason);
      facts = { ...facts, ...cures[reason] };
    }
    expect(findSuppressedReason(kind, facts, LIMITS, NOW)).toBeNull();
  });
});
