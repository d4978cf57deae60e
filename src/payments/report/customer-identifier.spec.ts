import { describe, expect, it } from '@jest/globals';
import { matchesIdentifier, parseIdentifier } from './customer-identifier.js';

const NO_CUSTOMER = { id: null, email: null, phone: null, name: null, locale: null };

describe('matchesIdentifier', () => {
  it.each([
    ['an id', { id: 'cus_1' }, 'cus_1'],
    ['an address in another case', { email: 'Asha@Shop.example' }, ' asha@shop.example'],
    ['a phone in another spelling', { phone: '+91 98765-43210' }, '919876543210'],
    ['a phone without its country code', { phone: '+91 98765-43210' }, '098765 43210'],
    ['an id that is a phone', { id: '919876543210' }, '+91 98765 43210'],
  ])('finds a customer by %s', (_, customer, identifier) => {
    expect(matchesIdentifier({ ...NO_CUSTOMER, ...customer }, parseIdentifier(identifier))).toBe(true);
  });

  it.each([
    ['a name', { name: 'Asha' }, 'Asha'],
    ['an id in another case', { id: 'cus_a' }, 'cus_A'],
    ['part of an address', { email: 'asha@shop.example' }, 'asha'],
    ['an id that ends like a phone', { id: '98765432' }, '+65 9876 5432'],
  ])('does not find a customer by %s', (_, customer, identifier) => {
    expect(matchesIdentifier({ ...NO_CUSTOMER, ...customer }, parseIdentifier(identifier))).toBe(false);
  });
});
