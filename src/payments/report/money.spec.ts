import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { InvalidAmountError, decimalToMinorUnits, exponentOf, integerToMinorUnits } from './money.js';

describe('decimalToMinorUnits', () => {
  it.each([
    [100.0, 2, '10000'],
    [499.99, 2, '49999'],
    ['0.1', 2, '10'],
    ['100.000000', 2, '10000'],
    ['007.5', 2, '750'],
    [0, 2, '0'],
    [1.234, 3, '1234'],
    [500, 0, '500'],
    ['10000000000000.00', 2, '1000000000000000'],
    [9007199254740.99, 2, '900719925474099'],
  ])('%p with %i digits is %s', (value, exponent, minor) => {
    expect(decimalToMinorUnits(value, exponent)).toBe(minor);
  });

  it.each([
    ['1.234', 2],
    [0.001, 2],
    [-1, 2],
    ['-1', 2],
    ['1e3', 2],
    [1e30, 2],
    [1e-7, 2],
    [Number.NaN, 2],
    [Infinity, 2],
    ['', 2],
    [' 1', 2],
    ['1,000.00', 2],
    ['0x10', 2],
    [null, 2],
    [true, 2],
    [['1'], 2],
    [1234567890123.4567, 4],
    ['10000000000000.01', 2],
    [0.5, 0],
  ])('%p with %i digits is a fault', (value, exponent) => {
    expect(() => decimalToMinorUnits(value, exponent)).toThrow(InvalidAmountError);
  });

  it('reads every amount it can write, exactly', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 10n ** 15n), (minor) => {
        const padded = minor.toString().padStart(3, '0');
        expect(decimalToMinorUnits(`${padded.slice(0, -2)}.${padded.slice(-2)}`, 2)).toBe(minor.toString());
      }),
    );
  });
});

describe('integerToMinorUnits', () => {
  it.each([
    [2599, '2599'],
    [0, '0'],
    [1e15, '1000000000000000'],
  ])('%p', (value, minor) => {
    expect(integerToMinorUnits(value)).toBe(minor);
  });

  it.each([[1.5], [-1], ['2599'], [Number.NaN], [1e30], [1e15 + 1], [null], [{}]])(
    '%p is a fault',
    (value) => {
      expect(() => integerToMinorUnits(value)).toThrow(InvalidAmountError);
    },
  );
});

it.each([
  ['USD', 2],
  ['JPY', 0],
  ['KWD', 3],
  ['ISK', 0],
  ['usd', null],
  ['ZZZ', null],
  ['XXX', null],
  ['__proto__', null],
])('exponentOf(%s) is %p', (currency, exponent) => {
  expect(exponentOf(currency)).toBe(exponent);
});
