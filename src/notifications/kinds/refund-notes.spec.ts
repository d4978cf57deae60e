import { describe, expect, it } from '@jest/globals';
import type { RefundFacts } from '../../payments/index.js';
import type { RefundFate } from './message-rules.js';
import { notedRefund, refundFate, refundKey, totalKey } from './refund-notes.js';

const refund = (id: string, amount: string | null, status: RefundFacts['status'] = 'succeeded') => ({
  ...{ id, amount, status },
});
const [A, B] = [refundKey('a'), refundKey('b')];

describe('a note about a refund', () => {
  it.each<[RefundFate, string, string, readonly RefundFacts[], total: string, sent: readonly string[]]>([
    ['stands', 'it succeeded', A, [refund('a', '100')], '100', []],
    ['stands', 'its amount is unknown', A, [refund('a', null)], '0', []],
    ['failed', 'it failed meanwhile', A, [refund('a', '100', 'failed')], '0', []],
    ['failed', 'it is gone', A, [], '0', []],
    ['told', 'a total told of it', A, [refund('a', '100')], '100', [totalKey('100')]],
    [
      'told',
      'and another is under way',
      A,
      [refund('a', '100'), refund('b', '50', 'pending')],
      '150',
      [totalKey('100')],
    ],
    [
      'stands',
      'the total told of another',
      B,
      [refund('a', '100'), refund('b', '50')],
      '150',
      [totalKey('100')],
    ],
    ['stands', 'another note went out', B, [refund('a', '100'), refund('b', '50')], '150', [A]],
    ['stands', 'a total is all that is known', totalKey('100'), [], '100', []],
    ['stands', 'it is more than what is known by id', totalKey('150'), [refund('a', '100')], '150', [A]],
    ['told', 'it is what is known by id', totalKey('100'), [refund('a', '100')], '100', []],
    ['told', 'it is what is under way by id', totalKey('100'), [refund('a', '100', 'pending')], '100', []],
    ['told', 'a larger total told of it', totalKey('100'), [], '300', [totalKey('300')]],
    ['failed', 'less is refunded now', totalKey('100'), [], '40', []],
  ])('%s when %s', (fate, _when, key, refunds, amountRefunded, sent) => {
    expect(refundFate(key, { refunds, amountRefunded }, sent)).toBe(fate);
  });

  it('says the amount of its refund, or the total', () => {
    const refunds = [refund('a', '100'), refund('total:5', '7')];
    expect(notedRefund(A, { refunds })).toEqual({ amount: '100', isTotal: false });
    expect(notedRefund(refundKey('total:5'), { refunds })).toEqual({ amount: '7', isTotal: false });
    expect(notedRefund(totalKey('150'), { refunds })).toEqual({ amount: '150', isTotal: true });
  });
});
