import { describe, expect, it } from '@jest/globals';
import { dispute, refund, report } from '../../../test/builders/report.builder.js';
import type { OrderedReport } from './causal-order.js';
import { domainEventsFor, NOTHING_PUBLISHED } from './payment-changes.js';
import { INITIAL_STATE, foldReports } from './projection.js';

/** What is told after each report, taken in the order given, which need not be the one they happened in. */
function told(...arriving: readonly OrderedReport[]): string[][] {
  let before = INITIAL_STATE;
  let published = NOTHING_PUBLISHED;
  return arriving.map((_, at) => {
    const after = foldReports(arriving.slice(0, at + 1)).projection;
    const changes = domainEventsFor(before, after, published);
    before = after;
    published = changes.published;
    return changes.eventNames.map((name) => name.replace('payment.', ''));
  });
}

const failed = (second: number, attemptId: string | null = null): OrderedReport =>
  report('failed', second, { failure: { code: 'card_declined', message: null, attemptId } });

describe('what the business hears', () => {
  it.each<[string, readonly OrderedReport[], readonly (readonly string[])[]]>([
    [
      'created once, by whatever comes first',
      [report('processing', 1), report('created', 0)],
      [['created'], []],
    ],
    [
      'each stage as it is reached',
      [report('authorized', 1), report('succeeded', 2)],
      [['created', 'authorized'], ['succeeded']],
    ],
    [
      'nothing of a repeated state',
      [report('succeeded', 1), report('succeeded', 2)],
      [['created', 'succeeded'], []],
    ],
    [
      'nothing of an earlier stage that comes late',
      [report('succeeded', 2), report('authorized', 1)],
      [['created', 'succeeded'], []],
    ],
    [
      'nothing of a failure that the success came after',
      [report('succeeded', 2), failed(1)],
      [['created', 'succeeded'], []],
    ],
    [
      'nothing of a failure that contradicts a success',
      [report('succeeded', 1), failed(2)],
      [['created', 'succeeded'], []],
    ],
    ['a cancellation', [report('created', 0), report('canceled', 1)], [['created'], ['canceled']]],
    [
      'money that arrived after all',
      [report('canceled', 1), report('succeeded', 2)],
      [['created', 'canceled'], ['succeeded']],
    ],
    ['nothing of what is merely noted', [report('created', 0), report('noted', 1)], [['created'], []]],
  ])('%s', (_what, arriving, expected) => {
    expect(told(...arriving)).toEqual(expected);
  });
});

describe('failures', () => {
  it.each<[string, readonly OrderedReport[], readonly (readonly string[])[]]>([
    ['told once an attempt', [failed(1, 'a'), failed(2, 'a')], [['created', 'failed'], []]],
    [
      'told once where only the second report names the attempt',
      [failed(1), failed(2, 'a')],
      [['created', 'failed'], []],
    ],
    [
      'told once where only the first report names the attempt',
      [failed(1, 'a'), failed(2)],
      [['created', 'failed'], []],
    ],
    [
      'told once where the report that names the attempt comes late',
      [failed(2), failed(1, 'a'), failed(3, 'a')],
      [['created', 'failed'], [], []],
    ],
    [
      'told once of an attempt that was named after it was told, and speaks up again later',
      [failed(1), failed(2, 'a'), report('processing', 3), failed(4, 'a')],
      [['created', 'failed'], [], [], []],
    ],
    ['told again for another attempt', [failed(1, 'a'), failed(2, 'b')], [['created', 'failed'], ['failed']]],
    [
      'not told again when the first attempt speaks up late',
      [failed(2, 'b'), failed(1, 'a')],
      [['created', 'failed'], []],
    ],
    [
      'told once for an unbroken run without ids',
      [failed(1), failed(2), failed(3)],
      [['created', 'failed'], [], []],
    ],
    [
      'not told of a late report that joins the run at its beginning',
      [failed(2), failed(1)],
      [['created', 'failed'], []],
    ],
    [
      'not told of a late report inside the run',
      [failed(1), failed(3), failed(2)],
      [['created', 'failed'], [], []],
    ],
    [
      'told again where another kind stands between',
      [failed(1), report('processing', 2), failed(3)],
      [['created', 'failed'], [], ['failed']],
    ],
    [
      'told again where another kind turns out to stand between',
      [failed(1), failed(3), report('processing', 2)],
      [['created', 'failed'], [], ['failed']],
    ],
    [
      'not told of a late one before another kind',
      [failed(1), report('processing', 3), failed(2)],
      [['created', 'failed'], [], []],
    ],
  ])('%s', (_what, arriving, expected) => {
    expect(told(...arriving)).toEqual(expected);
  });
});

describe('a recovery', () => {
  it.each(['authorized', 'succeeded'] as const)('is told when it is %s after a told failure', (kind) => {
    expect(told(failed(1), report(kind, 2))).toEqual([
      ['created', 'failed'],
      [kind, 'recovered'],
    ]);
  });

  it('is told once for a failure, and again after the next', () => {
    expect(told(failed(1, 'a'), report('authorized', 2), report('succeeded', 3))).toEqual([
      ['created', 'failed'],
      ['authorized', 'recovered'],
      ['succeeded'],
    ]);
    expect(told(failed(1, 'a'), report('authorized', 2), failed(3, 'b'), report('succeeded', 4))).toEqual([
      ['created', 'failed'],
      ['authorized', 'recovered'],
      ['failed'],
      ['succeeded', 'recovered'],
    ]);
  });

  it('is not told when nobody heard of the failure', () => {
    expect(told(report('processing', 2), failed(1), report('succeeded', 3))).toEqual([
      ['created'],
      [],
      ['succeeded'],
    ]);
  });
});

describe('money on its way back', () => {
  const paid = report('succeeded', 1);

  it('is told once a refund, however many steps it takes', () => {
    expect(
      told(
        paid,
        report('refund_created', 2, refund('re_1', '2500', 'pending', 2)),
        report('refund_succeeded', 3, refund('re_1', '2500', 'succeeded', 2)),
        report('refund_succeeded', 4, refund('re_2', '1500', 'succeeded', 4)),
      ),
    ).toEqual([['created', 'succeeded'], ['refunded'], ['amended'], ['refunded']]);
  });

  it('is told once, though it failed and then succeeded after all', () => {
    const pending = report('refund_created', 2, refund('re_1', '2500', 'pending', 2));
    const gone = report('refund_failed', 3, refund('re_1', '2500', 'failed', 2));
    const again = report('refund_succeeded', 4, refund('re_1', '2500', 'succeeded', 2));
    expect(told(paid, pending, gone, again)).toEqual([
      ['created', 'succeeded'],
      ['refunded'],
      ['amended'],
      ['amended'],
    ]);
  });

  it('tells a fee that comes by itself as amended, and one that comes with the success not apart', () => {
    const fee = { amount: '30', currency: 'USD' };
    expect(
      told(report('authorized', 0), report('succeeded', 1, { fee }), report('noted', 2, { fee })),
    ).toEqual([['created', 'authorized'], ['succeeded'], []]);
    expect(told(paid, report('noted', 2, { fee }))).toEqual([['created', 'succeeded'], ['amended']]);
  });

  it('tells a reversal in place of the failure, once, and a recovery from it', () => {
    const reversed = (second: number) => report('reversed', second);
    expect(told(paid, reversed(2), reversed(3), report('succeeded', 4))).toEqual([
      ['created', 'succeeded'],
      ['reversed'],
      [],
      ['succeeded', 'recovered'],
    ]);
    expect(told(paid, report('reversed', 2, { reversedTotal: '4000' }))).toEqual([
      ['created', 'succeeded'],
      ['reversed'],
    ]);
  });

  it('is not told again by a running total that holds what is known', () => {
    const total = report('refund_created', 3, { refundedTotal: '2500' });
    expect(told(paid, report('refund_succeeded', 2, refund('re_1', '2500', 'succeeded', 2)), total)).toEqual([
      ['created', 'succeeded'],
      ['refunded'],
      [],
    ]);
  });

  it('is not told when a refund fails', () => {
    const pending = report('refund_created', 2, refund('re_1', '2500', 'pending', 2));
    const gone = report('refund_failed', 3, refund('re_1', '2500', 'failed', 2));
    expect(told(paid, pending, gone)).toEqual([['created', 'succeeded'], ['refunded'], ['amended']]);
  });

  it('a dispute is told once, whether it is first heard of open or lost, and a won one not at all', () => {
    const opened = report('dispute_opened', 2, dispute('dp_1', 'open'));
    const lost = report('dispute_lost', 3, dispute('dp_1', 'lost'));
    const won = report('dispute_won', 3, dispute('dp_1', 'won'));
    expect(told(paid, opened, lost)).toEqual([['created', 'succeeded'], ['disputed'], ['amended']]);
    expect(told(paid, lost, opened)).toEqual([['created', 'succeeded'], ['disputed'], []]);
    expect(told(paid, won, opened)).toEqual([['created', 'succeeded'], ['amended'], []]);
  });
});
