import { describe, expect, it } from '@jest/globals';
import { report } from '../../../test/builders/report.builder.js';
import {
  parseIdentifier,
  mustDropPersonalData,
  matchesIdentifier,
  mentionMatcher,
  withoutPersonalData,
} from './data-subject.js';

const NOBODY = { id: null, email: null, phone: null, name: null, locale: null };

describe('isNamedBy', () => {
  it.each([
    ['an id', { id: 'cus_1' }, 'cus_1'],
    ['an address in another case', { email: 'Asha@Shop.example' }, ' asha@shop.example'],
    ['a phone written otherwise', { phone: '+91 98765-43210' }, '919876543210'],
    ['a phone without its country code', { phone: '+91 98765-43210' }, '098765 43210'],
    ['an id that is a phone', { id: '919876543210' }, '+91 98765 43210'],
  ])('knows a customer by %s', (_, customer, identifier) => {
    expect(matchesIdentifier({ ...NOBODY, ...customer }, parseIdentifier(identifier))).toBe(true);
  });

  it.each([
    ['a name', { name: 'Asha' }, 'Asha'],
    ['an id in another case', { id: 'cus_a' }, 'cus_A'],
    ['part of an address', { email: 'asha@shop.example' }, 'asha'],
    ['an id that ends like a phone', { id: '98765432' }, '+65 9876 5432'],
  ])('does not know one by %s', (_, customer, identifier) => {
    expect(matchesIdentifier({ ...NOBODY, ...customer }, parseIdentifier(identifier))).toBe(false);
  });
});

describe('mentionOf', () => {
  it.each([
    ['asha@shop.example', 'Asha@Shop.Example'],
    ['asha@shop.example', 'Receipt for <asha@shop.example>.'],
    ['+919876543210', '91 98765 43210'],
    ['+919876543210', 'call +919876543210 now'],
    ['+919876543210', 'call 0091 (0) 98765-43210 now'],
    ['098765 43210', 'contact: +919876543210'],
    ['cus_12345', 'customer:cus_12345;'],
  ])('finds %s in "%s"', (identifier, text) => expect(mentionMatcher(identifier)(text)).toBe(true));

  it.each([
    ['asha@shop.example', 'not.asha@shop.example'],
    ['asha@shop.example', 'asha@shop.example.org'],
    ['+919876543210', '9198765432109'],
    ['+919876543210', '+44 98765 43210'],
    ['cus_12345', 'cus_123456'],
    ['cus_abcde', 'cus_ABCDE'],
    ['42', '42'],
  ])('does not find %s in "%s"', (identifier, text) => expect(mentionMatcher(identifier)(text)).toBe(false));
});

describe('withoutPerson', () => {
  it('leaves the money, the codes and the order, and drops who it was', () => {
    const customer = { ...NOBODY, email: 'asha@shop.example' };
    const failure = { code: 'card_declined', message: 'Asha has no money', attemptId: 'ch_1' };
    const said = report('failed', 1, { customer, failure });
    expect(withoutPersonalData(said)).toEqual({
      ...said,
      customer: null,
      failure: { ...failure, message: null },
    });
  });
});

describe('isLetGo', () => {
  const [before, then, after] = [1, 2, 3].map((second) => new Date(second * 1000)) as [Date, Date, Date];

  it.each([
    ['no payment', undefined, then, false],
    ['a payment of which nothing expired', { expired_until: null, erased_at: null }, then, false],
    ['what came before the rest expired', { expired_until: then }, before, true],
    ['what came as the rest expired', { expired_until: then }, then, true],
    ['what came after the rest had expired', { expired_until: then }, after, false],
    ['whatever comes once it is erased', { erased_at: then }, after, true],
  ])('of %s', (_, payment, receivedAt, expected) =>
    expect(mustDropPersonalData(payment, receivedAt)).toBe(expected),
  );
});
