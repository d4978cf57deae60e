import { describe, expect, it } from '@jest/globals';
import { CATALOGS } from './catalogs/index.js';
import {
  FAILURE_REASONS,
  failureReasonOf,
  KNOWN_CODES,
  CONFIDENTIAL_CODES,
  type FailureReason,
} from './failure-words.js';

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
  it.each(table)('%s is %s', (code, reason) => expect(failureReasonOf(code)).toBe(reason));

  it.each([null, '', 'no_such_code', 'constructor', '__proto__', 'toString'])(
    '%s is the plain decline',
    (code) => expect(failureReasonOf(code)).toBe('declined'),
  );

  it.each([...CONFIDENTIAL_CODES])('%s gives nothing away', (code) =>
    expect(failureReasonOf(code)).toBe('declined'),
  );

  it('gives no other words to a code that speaks of loss, theft, fraud or risk', () => {
    const telling = KNOWN_CODES.filter((code) =>
      /lost|stolen|fraud|risk|pick_?up|security_viol|blacklist/.test(code),
    );
    expect(telling.filter((code) => failureReasonOf(code) !== 'declined')).toEqual([]);
  });
});

describe('the catalogs', () => {
  const languages = Object.entries(CATALOGS);
  const english = CATALOGS.en;

  it.each(languages)('%s has the keys of all others', (_language, catalog) => {
    expect(Object.keys(catalog).sort()).toEqual(Object.keys(english).sort());
  });

  it.each(languages)('%s has words for every reason', (_language, catalog) => {
    expect(Object.keys(catalog.reasons).sort()).toEqual([...FAILURE_REASONS].sort());
  });

  it.each(languages)('%s leaves no text empty and fills in what it should', (language, catalog) => {
    const { reasons, ...texts } = catalog;
    for (const text of [...Object.values(texts), ...Object.values(reasons)])
      expect(text.trim()).toMatch(/.{2,}/);
    expect(catalog.failedSubjectWithOrder).toContain('{order}');
    expect(catalog.receivedSubjectWithOrder).toContain('{order}');
    expect(catalog.greetingWithName).toContain('{name}');
    if (language !== 'en') expect(catalog.failedTitle).not.toBe(english.failedTitle);
  });
});
