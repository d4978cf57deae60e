import { describe, expect, it } from '@jest/globals';
import {
  findSuppressedReason,
  type AlertFacts,
  type AlertLimits,
  type SuppressedReason,
} from './alert-rules.js';

const NOW = Date.UTC(2026, 10, 23, 12);
const SECOND = 1_000;
const HOUR = 3_600 * SECOND;

const LIMITS: AlertLimits = { maxAgeHours: 72, quietSeconds: 900, production: true };
const READY: AlertFacts = {
  stillFailed: true,
  orderPaidElsewhere: false,
  failedAt: NOW - 5 * SECOND,
  lastAlertAt: null,
  testMode: false,
  contact: 'asha@example.com',
};

describe('an alert', () => {
  it('is sent when no rule suppresses it', () => {
    expect(findSuppressedReason(READY, LIMITS, NOW)).toBeNull();
  });

  it.each<[SuppressedReason | null, string, Partial<AlertFacts>, Partial<AlertLimits>]>([
    ['recovered', 'the payment is no longer failed', { stillFailed: false }, {}],
    [
      'order_continues',
      'another payment of the order is processing or paid',
      { orderPaidElsewhere: true },
      {},
    ],
    ['stale', 'it failed longer ago than the limit', { failedAt: NOW - 72 * HOUR - 1 }, {}],
    [null, 'it failed exactly the limit ago', { failedAt: NOW - 72 * HOUR }, {}],
    ['stale', 'no age at all is allowed', { failedAt: NOW - 1 }, { maxAgeHours: 0 }],
    [null, 'it failed a little ahead of our clock', { failedAt: NOW + 60 * SECOND }, { maxAgeHours: 0 }],
    ['test_mode', 'the payment is a test in production', { testMode: true }, {}],
    [null, 'the payment is a test outside production', { testMode: true }, { production: false }],
    ['no_contact', 'there is no usable contact', { contact: null }, {}],
    ['recent', 'the order had an alert a moment ago', { lastAlertAt: NOW - 899 * SECOND }, {}],
    [null, 'the quiet time is just over', { lastAlertAt: NOW - 900 * SECOND }, {}],
    [null, 'no quiet time is kept', { lastAlertAt: NOW }, { quietSeconds: 0 }],
  ])('is %s when %s', (reason, _when, facts, limits) => {
    expect(findSuppressedReason({ ...READY, ...facts }, { ...LIMITS, ...limits }, NOW)).toBe(reason);
  });

  it('names the first rule that suppresses it', () => {
    const everything: AlertFacts = {
      stillFailed: false,
      orderPaidElsewhere: true,
      failedAt: NOW - 1_000 * HOUR,
      lastAlertAt: NOW,
      testMode: true,
      contact: null,
    };
    const named: (SuppressedReason | null)[] = [];
    const cures: Partial<AlertFacts>[] = [
      {},
      { stillFailed: true },
      { orderPaidElsewhere: false },
      { failedAt: NOW },
      { testMode: false },
      { contact: 'asha@example.com' },
      { lastAlertAt: null },
    ];
    let facts = everything;
    for (const cure of cures) {
      facts = { ...facts, ...cure };
      named.push(findSuppressedReason(facts, LIMITS, NOW));
    }
    expect(named).toEqual([
      'recovered',
      'order_continues',
      'stale',
      'test_mode',
      'no_contact',
      'recent',
      null,
    ]);
  });
});
