import { describe, expect, it } from '@jest/globals';
import { dispute, refund, report } from '../../../test/builders/report.builder.js';
import type { OrderedReport } from './causal-order.js';
import { domainEventsFor, NOTHING_PUBLISHED } from './payment-changes.js';
import { INITIAL_STATE, foldReports } from './projection.js';

/** The names of the events after each report. The reports arrive in the given order, which may differ from the causal one. */
function publishedNames(...arriving: readonly OrderedReport[]): string[][] {
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

describe('the events of a change', () => {
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
    ['nothing for a kind that is only noted', [report('created', 0), report('noted', 1)], [['created'], []]],
  ])('%s', (_what, arriving, expected) => {
    expect(publishedNames(...arriving)).toEqual(expected);
  });
});

describe('failures', () => {
  it.each<[string, readonly OrderedReport[], readonly (readonly string[])[]]>([
    ['published once an attempt', [failed(1, 'a'), failed(2, 'a')], [['created', 'failed'], []]],
    [
      'published once where only the second report names the attempt',
      [failed(1), failed(2, 'a')],
      [['created', 'failed'], []],
    ],
    [
      'published once where only the first report names the attempt',
      [failed(1, 'a'), failed(2)],
      [['created', 'failed'], []],
    ],
    [
      'published once where the report that names the attempt comes late',
      [failed(2), failed(1, 'a'), failed(3, 'a')],
      [['created', 'failed'], [], []],
    ],
    [
      'published once of an attempt that was named after it was published, and is reported again later',
      [failed(1), failed(2, 'a'), report('processing', 3), failed(4, 'a')],
      [['created', 'failed'], [], [], []],
    ],
    [
      'published again for another attempt',
      [failed(1, 'a'), failed(2, 'b')],
      [['created', 'failed'], ['failed']],
    ],
    [
      'not published again when the first attempt is reported late',
      [failed(2, 'b'), failed(1, 'a')],
      [['created', 'failed'], []],
    ],
    [
      'published once for an unbroken run without ids',
      [failed(1), failed(2), failed(3)],
      [['created', 'failed'], [], []],
    ],
    [
      'not published of a late report that joins the run at its beginning',
      [failed(2), failed(1)],
      [['created', 'failed'], []],
    ],
    [
      'not published of a late report inside the run',
      [failed(1), failed(3), failed(2)],
      [['created', 'failed'], [], []],
    ],
    [
      'published again where another kind stands between',
      [failed(1), report('processing', 2), failed(3)],
      [['created', 'failed'], [], ['failed']],
    ],
    [
      'published again where another kind turns out to stand between',
      [failed(1), failed(3), report('processing', 2)],
      [['created', 'failed'], [], ['failed']],
    ],
    [
      'not published of a late one before another kind',
      [failed(1), report('processing', 3), failed(2)],
      [['created', 'failed'], [], []],
    ],
  ])('%s', (_what, arriving, expected) => {
    expect(publishedNames(...arriving)).toEqual(expected);
  });
});

describe('a recovery', () => {
  it.each(['authorized', 'succeeded'] as const)(
    'is published when it is %s after a published failure',
    (kind) => {
      expect(publishedNames(failed(1), report(kind, 2))).toEqual([
        ['created', 'failed'],
        [kind, 'recovered'],
      ]);
    },
  );

  it('is published once for a failure, and again after the next', () => {
    expect(publishedNames(failed(1, 'a'), report('authorized', 2), report('succeeded', 3))).toEqual([
      ['created', 'failed'],
      ['authorized', 'recovered'],
      ['succeeded'],
    ]);
    expect(
      publishedNames(failed(1, 'a'), report('authorized', 2), failed(3, 'b'), report('succeeded', 4)),
    ).toEqual([['created', 'failed'], ['authorized', 'recovered'], ['failed'], ['succeeded', 'recovered']]);
  });

  it('is not published when the failure was not published', () => {
    expect(publishedNames(report('processing', 2), failed(1), report('succeeded', 3))).toEqual([
      ['created'],
      [],
      ['succeeded'],
    ]);
  });
});

describe('money on its way back', () => {
  const paid = report('succeeded', 1);

  it('is published once a refund, however many steps it takes', () => {
    expect(
      publishedNames(
        paid,
        report('refund_created', 2, refund('re_1', '2500', 'pending', 2)),
        report('refund_succeeded', 3, refund('re_1', '2500', 'succeeded', 2)),
        report('refund_succeeded', 4, refund('re_2', '1500', 'succeeded', 4)),
      ),
    ).toEqual([['created', 'succeeded'], ['refunded'], ['amended'], ['refunded']]);
  });

  it('is published once, though it failed and then succeeded after all', () => {
    const pending = report('refund_created', 2, refund('re_1', '2500', 'pending', 2));
    const gone = report('refund_failed', 3, refund('re_1', '2500', 'failed', 2));
    const again = report('refund_succeeded', 4, refund('re_1', '2500', 'succeeded', 2));
    expect(publishedNames(paid, pending, gone, again)).toEqual([
      ['created', 'succeeded'],
      ['refunded'],
      ['amended'],
      ['amended'],
    ]);
  });

  it('tells a fee that comes by itself as amended, and one that comes with the success not apart', () => {
    const fee = { amount: '30', currency: 'USD' };
    expect(
      publishedNames(report('authorized', 0), report('succeeded', 1, { fee }), report('noted', 2, { fee })),
    ).toEqual([['created', 'authorized'], ['succeeded'], []]);
    expect(publishedNames(paid, report('noted', 2, { fee }))).toEqual([
      ['created', 'succeeded'],
      ['amended'],
    ]);
  });

  it('tells a reversal in place of the failure, once, and a recovery from it', () => {
    const reversed = (second: number) => report('reversed', second);
    expect(publishedNames(paid, reversed(2), reversed(3), report('succeeded', 4))).toEqual([
      ['created', 'succeeded'],
      ['reversed'],
      [],
      ['succeeded', 'recovered'],
    ]);
    expect(publishedNames(paid, report('reversed', 2, { reversedTotal: '4000' }))).toEqual([
      ['created', 'succeeded'],
      ['reversed'],
    ]);
  });

  it('is not published again by a running total that holds what is known', () => {
    const total = report('refund_created', 3, { refundedTotal: '2500' });
    expect(
      publishedNames(paid, report('refund_succeeded', 2, refund('re_1', '2500', 'succeeded', 2)), total),
    ).toEqual([['created', 'succeeded'], ['refunded'], []]);
  });

  it('is not published when a refund fails', () => {
    const pending = report('refund_created', 2, refund('re_1', '2500', 'pending', 2));
    const gone = report('refund_failed', 3, refund('re_1', '2500', 'failed', 2));
    expect(publishedNames(paid, pending, gone)).toEqual([
      ['created', 'succeeded'],
      ['refunded'],
      ['amended'],
    ]);
  });

  it('a dispute is published once, whether its first report says open or lost, and never when it says won', () => {
    const opened = report('dispute_opened', 2, dispute('dp_1', 'open'));
    const lost = report('dispute_lost', 3, dispute('dp_1', 'lost'));
    const won = report('dispute_won', 3, dispute('dp_1', 'won'));
    expect(publishedNames(paid, opened, lost)).toEqual([['created', 'succeeded'], ['disputed'], ['amended']]);
    expect(publishedNames(paid, lost, opened)).toEqual([['created', 'succeeded'], ['disputed'], []]);
    expect(publishedNames(paid, won, opened)).toEqual([['created', 'succeeded'], ['amended'], []]);
  });
});
