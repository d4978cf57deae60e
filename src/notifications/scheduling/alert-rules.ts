/** What is known about an alert at the moment when it would be sent. Times in milliseconds since 1970. */
export interface AlertFacts {
  /** The payment is still in the state `failed`. */
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

/** Why an alert is not sent. Operators see it as the reason of the notification. */
export type SuppressedReason =
  'recovered' | 'order_continues' | 'stale' | 'test_mode' | 'no_contact' | 'recent';

/** The first rule that matches suppresses the alert. If no rule matches, the alert is sent. */
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

/** Why the message that the money arrived is not sent: the money was reversed before the message was sent. */
export const REVERSED_AFTER_CAPTURE = 'reversed';

export function findSuppressedReason(
  facts: AlertFacts,
  limits: AlertLimits,
  now: number,
): SuppressedReason | null {
  return RULES.find(([, matches]) => matches(facts, limits, now))?.[0] ?? null;
}
