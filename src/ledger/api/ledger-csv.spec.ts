import { expect, it } from '@jest/globals';
import { toDecimal } from './ledger-csv.js';

it.each([
  ['12345', 2, '123.45'],
  ['5', 2, '0.05'],
  ['0', 2, '0.00'],
  ['12345', 0, '12345'],
  ['12345', 3, '12.345'],
  ['1000000000000000', 2, '10000000000000.00'],
])('%s minor units with %i digits are %s', (minorUnits, exponent, decimal) => {
  expect(toDecimal(minorUnits, exponent)).toBe(decimal);
});
