import { describe, expect, it } from '@jest/globals';
import { usableEmail } from '../../src/notifications/messages/contact.js';
import {
  COMMON_CODES,
  CONFIDENTIAL_CODES,
  FailureWords,
} from '../../src/notifications/messages/failure-words.js';
import { GatewayWords } from '../../src/notifications/messages/gateway-words.js';
import type { FailureReason } from '../../src/payments/index.js';
import { gateways } from '../../src/webhooks/gateways/index.js';

const words = new FailureWords(gateways);
const codes = [
  ...COMMON_CODES,
  ...gateways.flatMap(({ failureReasons = {} }) => Object.values(failureReasons).flat()),
];

describe('the reason a customer is told', () => {
  const table: readonly (readonly [string, FailureReason])[] = [
    ['insufficient_funds', 'insufficient_funds'],
    ['expired_card', 'expired_card'],
    ['card_expired', 'expired_card'],
    ['incorrect_cvc', 'wrong_security_code'],
    ['incorrect_cvv', 'wrong_security_code'],
    ['incorrect_number', 'wrong_details'],
    ['authentication_required', 'not_confirmed'],
    ['incorrect_otp', 'not_confirmed'],
    ['processing_error', 'temporary_problem'],
    ['GATEWAY_ERROR', 'temporary_problem'],
    ['card_declined', 'declined'],
    ['do_not_honor', 'declined'],
    ['generic_decline', 'declined'],
    ['payment_failed', 'declined'],
    ['card_not_supported', 'method_not_supported'],
    ['currency_not_supported', 'currency_not_supported'],
    ['withdrawal_count_limit_exceeded', 'limit_exceeded'],
    ['transaction_daily_limit_exceeded', 'limit_exceeded'],
    ['payment_timed_out', 'timed_out'],
    ['payment_cancelled', 'cancelled'],
    ['invalid_vpa', 'account_unusable'],
    ['bank_technical_error', 'temporary_problem'],
    ['duplicate_transaction', 'duplicate'],
    [' Insufficient funds ', 'insufficient_funds'],
    ['Expired-Card', 'expired_card'],
  ];
  it.each(table)('%s is %s', (code, reason) => expect(words.reasonOf(code)).toBe(reason));

  it.each([null, '', 'no_such_code', 'constructor', '__proto__', 'toString'])(
    '%s is the plain decline',
    (code) => expect(words.reasonOf(code)).toBe('declined'),
  );

  it.each([...CONFIDENTIAL_CODES])('%s gives nothing away', (code) =>
    expect(words.reasonOf(code)).toBe('declined'),
  );

  it('gives no other words to a code that speaks of loss, theft, fraud or risk', () => {
    const telling = codes.filter((code) =>
      /lost|stolen|fraud|risk|pick_?up|security_viol|blacklist/.test(code),
    );
    expect(telling.filter((code) => words.reasonOf(code) !== 'declined')).toEqual([]);
  });

  it('is what the gateway itself means by a code, before what others mean', () => {
    const own = new FailureWords([
      {
        name: 'one',
        failureReasons: { expired_card: ['51'], limit_exceeded: ['insufficient_funds', 'lost_card'] },
      },
      { name: 'two', failureReasons: { timed_out: ['52'] } },
    ]);
    expect(own.reasonOf('51', 'one')).toBe('expired_card');
    expect(own.reasonOf('insufficient_funds', 'one')).toBe('limit_exceeded');
    expect(own.reasonOf('insufficient_funds', 'two')).toBe('insufficient_funds');
    expect(own.reasonOf('52', 'one')).toBe('timed_out');
    expect(own.reasonOf('lost_card', 'one')).toBe('declined');
  });
});

describe('an address that a gateway writes for nobody', () => {
  const email = (address: string): string | null =>
    usableEmail(new GatewayWords(gateways).contactEmail(address));

  it.each(['void@razorpay.com', 'VOID@Razorpay.com', ' void@razorpay.com'])(
    'is not the placeholder %s',
    (address) => expect(email(address)).toBeNull(),
  );

  it('is not lost to a placeholder it merely resembles', () => {
    expect(email('avoid@razorpay.com')).toBe('avoid@razorpay.com');
    expect(email('void@razorpay.com.example')).toBe('void@razorpay.com.example');
  });
});
