import { describe, expect, it } from '@jest/globals';
import type { RefundFacts } from '../../payments/index.js';
import type { RefundFate } from './message-rules.js';
import { isTakenBack, notedRefund, refundFate, refundKey, totalKey } from './refund-notes.js';

/** Refunds are made one after the other: a at second 1, b at second 2. */
const refund = (id: string, amount: string | null, status: RefundFacts['status'] = 'succeeded') => ({
  ...{ id, amount, status, createdAt: id.charCodeAt(0) - 96 },
});
const [A, B] = [refundKey('a'), refundKey('b')];
const total = (amount: string, occurredAt = 3) => ({ key: totalKey(amount), occurredAt });
type Sent = readonly { key: string; occurredAt: number }[];
type Told = readonly ReturnType<typeof refund>[];

describe('a note about a refund', () => {
  it.each<[RefundFate, string, string, Told, total: string, sent: Sent]>([
    ['stands', 'it succeeded', A, [refund('a', '100')], '100', []],
    ['stands', 'its amount is unknown', A, [refund('a', null)], '0', []],
    ['failed', 'it failed meanwhile', A, [refund('a', '100', 'failed')], '0', []],
    ['failed', 'it is gone', A, [], '0', []],
    ['told', 'a total told of it', A, [refund('a', '100')], '100', [total('100')]],
    ['told', 'a total of its own second told of it', A, [refund('a', '100')], '100', [total('100', 1)]],
    [
      'told',
      'and another is under way',
      A,
      [refund('a', '100'), refund('b', '50', 'pending')],
      '150',
      [total('100')],
    ],
    [
      'told',
      'and another was made later',
      A,
      [refund('a', '100'), refund('b', '50')],
      '150',
      [total('100', 1)],
    ],
    [
      'stands',
      'the total told of another',
      B,
      [refund('a', '100'), refund('b', '50')],
      '150',
      [total('100')],
    ],
    [
      'stands',
      'the total told of another that failed since',
      B,
      [refund('a', '100', 'failed'), refund('b', '100')],
      '100',
      [total('100', 1)],
    ],
    [
      'stands',
      'it was made after a total of refunds that no id is known of',
      B,
      [refund('b', '15')],
      '40',
      [total('25', 1)],
    ],
    [
      'stands',
      'another note went out',
      B,
      [refund('a', '100'), refund('b', '50')],
      '150',
      [{ key: A, occurredAt: 3 }],
    ],
    ['stands', 'a total is all that is known', totalKey('100'), [], '100', []],
    [
      'stands',
      'it is more than what is known by id',
      totalKey('150'),
      [refund('a', '100')],
      '150',
      [{ key: A, occurredAt: 3 }],
    ],
    ['told', 'it is what is known by id', totalKey('100'), [refund('a', '100')], '100', []],
    ['told', 'it is what is under way by id', totalKey('100'), [refund('a', '100', 'pending')], '100', []],
    ['told', 'a larger total told of it', totalKey('100'), [], '300', [total('300')]],
    ['failed', 'less is refunded now', totalKey('100'), [], '40', []],
    ['failed', 'it was taken back', `taken_back:1:${totalKey('100')}`, [], '100', []],
    [
      'stands',
      'it was told and taken back',
      totalKey('100'),
      [],
      '100',
      [{ key: `taken_back:1:${totalKey('100')}`, occurredAt: 9 }],
    ],
  ])('%s when %s', (fate, _when, key, refunds, amountRefunded, notes) => {
    expect(refundFate(key, { refunds, amountRefunded }, { notes, dated: ['a', 'b'] })).toBe(fate);
  });

  it.each<[RefundFate, string, Told]>([
    ['told', 'it may be in the total', [refund('b', '15')]],
    ['told', 'it and another are more than the total', [refund('a', '20'), refund('b', '15')]],
    ['stands', 'it is more than the total', [refund('b', '30')]],
  ])('%s when its gateway does not tell when it was made, and %s', (fate, _when, refunds) => {
    const sent = { notes: [total('25', 1)], dated: [] };
    expect(refundFate(B, { refunds, amountRefunded: '40' }, sent)).toBe(fate);
  });

  it.each<[boolean, string, key: string, refundIds: string[], total: string | null]>([
    [true, 'its refund failed', A, ['b', 'a'], null],
    [false, 'another refund failed', A, ['b'], '0'],
    [true, 'less is refunded now', totalKey('100'), [], '99'],
    [false, 'it is what is still refunded', totalKey('100'), [], '100'],
    [false, 'the total did not fall', totalKey('100'), ['a'], null],
    [false, 'it was taken back before', 'taken_back:1:total:100', ['a'], '0'],
  ])('is taken back: %s, when %s', (isSo, _when, key, refundIds, total) => {
    expect(isTakenBack(key, { refundIds, total })).toBe(isSo);
  });

  it('says the amount of its refund, or the total', () => {
    const refunds = [refund('a', '100'), refund('total:5', '7')];
    expect(notedRefund(A, { refunds })).toEqual({ amount: '100', isTotal: false });
    expect(notedRefund(refundKey('total:5'), { refunds })).toEqual({ amount: '7', isTotal: false });
    expect(notedRefund(totalKey('150'), { refunds })).toEqual({ amount: '150', isTotal: true });
  });
});
