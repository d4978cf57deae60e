/** What is known when an alert is due, just before it would go out. Times in milliseconds. */
export interface AlertFacts {
  /** The payment still stands as failed. */
  stillFailed: boolean;
  /** Another payment of the same order is processing, authorized or succeeded. */
  orderPaidElsewhere: boolean;
  failedAt: number;
  /** When the last alert of this order was sent. */
  lastAlertAt: number | null;
  testMode: boolean;
  contact: string | null;
}

export interface AlertLimits {
  maxAgeHours: number;
  quietSeconds: number;
  production: boolean;
}

/** Why an alert is kept and not sent. */
export type SuppressedReason =
  'recovered' | 'order_continues' | 'stale' | 'test_mode' | 'no_contact' | 'recent';

/** The first rule that holds keeps the alert back; null lets it go. */
const RULES: readonly [SuppressedReason, (facts: AlertFacts, limits: AlertLimits, now: number) => boolean][] =
  [
    ['recovered', (facts) => !facts.stillFailed],
    ['order_continues', (facts) => facts.orderPaidElsewhere],
    ['stale', (facts, limits, now) => now - facts.failedAt > limits.maxAgeHours * 3_600_000],
    ['test_mode', (facts, limits) => limits.production && facts.testMode],
    ['no_contact', (facts) => facts.contact === null],
    [
      'recent',
      (facts, limits, now) =>
        facts.lastAlertAt !== null && now - facts.lastAlertAt < limits.quietSeconds * 1_000,
    ],
  ];

/** Why a customer is not told that the money came: it went again before the message was sent. */
export const REVERSED_AFTER_CAPTURE = 'reversed';

export function findSuppressedReason(
  facts: AlertFacts,
  limits: AlertLimits,
  now: number,
): SuppressedReason | null {
  return RULES.find(([, holds]) => holds(facts, limits, now))?.[0] ?? null;
}
