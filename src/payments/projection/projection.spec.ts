import { describe, expect, it } from '@jest/globals';
import { dispute, refund, report } from '../../../test/builders/report.builder.js';
import type { OrderedReport } from './causal-order.js';
import { deriveMoneyFacts } from './money-facts.js';
import { foldReports } from './projection.js';

const showPayment = (reports: OrderedReport[]) => {
  const { projection, outcomes } = foldReports(reports);
  return {
    state: projection.state,
    ...deriveMoneyFacts(projection),
    outcomes: reports.map(({ key }) => outcomes.get(key)),
  };
};

describe('the projection: stages', () => {
  it('pain 4: a late failure does not downgrade a paid payment', () => {
    expect(showPayment([report('succeeded', 1), report('failed', 2)])).toMatchObject({
      state: 'succeeded',
      outcomes: ['applied', 'refused'],
    });
  });

  it('pain 3: an older event that comes later changes nothing that is newer', () => {
    expect(showPayment([report('succeeded', 5), report('processing', 1)])).toMatchObject({
      state: 'succeeded',
      outcomes: ['applied', 'applied'],
    });
  });

  it('breaks ties of one second by rank, dropping none', () => {
    expect(showPayment([report('succeeded', 1), report('created', 1)])).toMatchObject({
      outcomes: ['applied', 'applied'],
    });
  });

  it('takes a late authorisation after a failure, and none after a cancelation', () => {
    expect(showPayment([report('failed', 1), report('authorized', 2)]).state).toBe('authorized');
    expect(showPayment([report('canceled', 1), report('authorized', 2)])).toMatchObject({
      state: 'canceled',
      outcomes: ['applied', 'refused'],
    });
  });

  it('pain 22: refuses another currency, and nothing it says enters', () => {
    const { projection, outcomes } = foldReports([
      report('created', 1),
      report('succeeded', 2, { currency: 'EUR', amount: '1' }, 'foreign'),
    ]);
    expect(outcomes.get('foreign')).toBe('refused');
    expect(projection).toMatchObject({ state: 'created', currency: 'USD', amount: '10000' });
  });

  it('lets the causally newest that was told win, field by field; a null never erases', () => {
    const customer = { id: null, email: 'a@example.com', phone: null, name: 'A', locale: null };
    const { projection } = foldReports([
      report('created', 1, { customer, orderId: 'ord_1' }),
      report('succeeded', 2, { customer: { ...customer, email: null, name: 'B' } }),
    ]);
    expect(projection).toMatchObject({ orderId: 'ord_1', customer: { email: 'a@example.com', name: 'B' } });
  });
});

describe('the projection: refunds', () => {
  const paid = [report('created', 0), report('succeeded', 1)];

  it('adds refunds up by id, pending ones too, and takes a failed one back out', () => {
    const created = report('refund_created', 2, refund('re_1', '2500', 'pending', 2));
    expect(showPayment([...paid, created])).toMatchObject({
      status: 'partially_refunded',
      amountRefunded: '2500',
    });
    const failed = report('refund_failed', 3, refund('re_1', '2500', 'failed', 2));
    expect(showPayment([...paid, created, failed])).toMatchObject({
      status: 'succeeded',
      amountRefunded: '0',
    });
  });

  it('pain 2: a running total and the same refund by id count once', () => {
    const reports = [
      ...paid,
      report('refund_created', 2, { refundedTotal: '2500' }),
      report('refund_succeeded', 3, refund('re_1', '2500', 'succeeded', 2)),
    ];
    expect(showPayment(reports).amountRefunded).toBe('2500');
  });

  it('takes out of a running total what failed after it, and not what failed before', () => {
    const total = report('refund_created', 4, { refundedTotal: '5000' });
    const later = report('refund_failed', 5, refund('re_1', '2000', 'failed', 2));
    const before = report('refund_failed', 3, refund('re_1', '2000', 'failed', 2));
    expect(showPayment([...paid, total, later]).amountRefunded).toBe('3000');
    expect(showPayment([...paid, total, before]).amountRefunded).toBe('5000');
  });

  it('never gives back more than was captured: the excess is showPayment and refused', () => {
    const reports = [
      report('succeeded', 1, { amountCaptured: '6000' }),
      report('refund_succeeded', 2, refund('re_1', '5000', 'succeeded', 2)),
      report('refund_succeeded', 3, refund('re_2', '5000', 'succeeded', 3)),
    ];
    expect(showPayment(reports)).toMatchObject({
      amountRefunded: '6000',
      status: 'refunded',
      outcomes: ['applied', 'applied', 'refused'],
    });
    expect(foldReports(reports).projection.refunds.byId).toHaveLength(2);
  });
});

describe('the projection: totals of refunds', () => {
  const paid = report('succeeded', 0);
  const total = (second: number, refundedTotal: string, id: string): OrderedReport =>
    report('refund_created', second, { refundedTotal }, id);
  const failedWith = (second: number, refundedTotal: string): OrderedReport =>
    report('refund_failed', second, { ...refund('re_1', '6000', 'failed', 2), refundedTotal });

  it.each<[string, readonly OrderedReport[], string]>([
    [
      'the larger of one second, whichever event id comes first',
      [total(2, '6000', 'a'), total(2, '2500', 'b')],
      '6000',
    ],
    [
      'the larger of one second, in the other order of ids',
      [total(2, '6000', 'b'), total(2, '2500', 'a')],
      '6000',
    ],
    ['the newer of two, where it is smaller', [total(2, '6000', 'a'), total(3, '2500', 'b')], '2500'],
    [
      'less the failed one, where its message was not lowered',
      [total(2, '6000', 'a'), failedWith(3, '6000')],
      '0',
    ],
    [
      'less the failed one, where its message was lowered',
      [total(2, '8000', 'a'), failedWith(3, '2000')],
      '2000',
    ],
    ['not the failed one alone, where its message was not lowered', [failedWith(3, '6000')], '0'],
    ['not the failed one alone, where its message was lowered', [failedWith(3, '0')], '0'],
    ['what else is in the first total, too small to hold the failed one', [failedWith(3, '2000')], '2000'],
    ['what comes after the failure', [failedWith(3, '6000'), total(4, '2500', 'a')], '2500'],
  ])('count %s', (_what, reports, amountRefunded) => {
    expect(showPayment([paid, ...reports])).toMatchObject({ amountRefunded });
  });
});

describe('the projection: what was never captured', () => {
  const back = (createdAt: number, amount = '6000') => {
    const { refunds } = refund('re_1', amount, 'succeeded', createdAt);
    return report('refund_created', createdAt, {
      refunds: refunds.map((one) => ({ ...one, mayBeRelease: true })),
    });
  };
  const part = report('succeeded', 10, { amountCaptured: '4000' });

  it.each<[string, readonly OrderedReport[], string, string]>([
    ['is released with the capture', [part, back(10)], '0', 'succeeded'],
    ['is released up to 60 s after the capture', [part, back(70)], '0', 'succeeded'],
    [
      'is released by a message that came before the capture',
      [report('authorized', 1), back(9), part],
      '0',
      'succeeded',
    ],
    ['is a refund later than that', [part, back(71)], '4000', 'refunded'],
    ['is a refund if the amount is another', [part, back(10, '3000')], '3000', 'partially_refunded'],
    [
      'is a refund while no capture is told',
      [report('authorized', 1), back(10)],
      '6000',
      'partially_refunded',
    ],
    ['is a refund of all that succeeded', [report('succeeded', 10), back(10, '10000')], '10000', 'refunded'],
    [
      'is released when canceled, whenever it is told',
      [report('canceled', 1), back(500, '10000')],
      '0',
      'canceled',
    ],
    [
      'is released when told that nothing was captured',
      [report('authorized', 1), report('noted', 20, { amountCaptured: '0' }), back(20, '10000')],
      '0',
      'authorized',
    ],
  ])('%s', (_what, reports, amountRefunded, status) => {
    expect(showPayment([...reports])).toMatchObject({ amountRefunded, status });
  });

  it('is no refund in the list either', () => {
    expect(deriveMoneyFacts(foldReports([part, back(10)]).projection).refunds).toEqual([]);
  });
});

describe('the projection: disputes', () => {
  it('shows an open or lost dispute above all, and a won one not at all', () => {
    const paid = report('succeeded', 1);
    const opened = report('dispute_opened', 2, dispute('dp_1', 'open'));
    expect(showPayment([paid, opened])).toMatchObject({ status: 'disputed', amountDisputed: '10000' });
    expect(showPayment([paid, opened, report('dispute_lost', 3, dispute('dp_1', 'lost'))]).status).toBe(
      'disputed',
    );
    expect(showPayment([paid, opened, report('dispute_won', 3, dispute('dp_1', 'won'))])).toMatchObject({
      status: 'succeeded',
      amountDisputed: '0',
    });
  });
});

describe('the projection: disputes in another currency', () => {
  const paid = report('succeeded', 1);
  const foreign = { dispute: { ...dispute('dp_1', 'open', '700').dispute, currency: 'INR' } };

  it('are refused, and the rest of their message is taken', () => {
    const opened = report('dispute_opened', 2, { ...foreign, orderId: 'ord_1' });
    expect(showPayment([paid, opened])).toMatchObject({
      status: 'succeeded',
      amountDisputed: '0',
      outcomes: ['applied', 'refused'],
    });
    expect(foldReports([paid, opened]).projection).toMatchObject({ orderId: 'ord_1', disputes: [] });
  });

  it('are refused where their own message names the currency of the payment', () => {
    expect(showPayment([report('dispute_opened', 2, foreign)])).toMatchObject({ outcomes: ['refused'] });
  });

  it('that are over because the charge was refunded withhold nothing', () => {
    const opened = report('dispute_opened', 2, dispute('dp_1', 'open'));
    const closed = report('noted', 3, { dispute: { ...dispute('dp_1', 'open').dispute, status: 'closed' } });
    expect(showPayment([paid, opened, closed])).toMatchObject({ status: 'succeeded', amountDisputed: '0' });
  });
});

describe('the projection: failed attempts', () => {
  const attemptOf = (reports: OrderedReport[]) => foldReports(reports).projection.attempt;

  it('takes failed reports without an id and with nothing between them for one attempt', () => {
    const [first, second] = [report('failed', 1), report('failed', 2)];
    expect(attemptOf([first, second])).toMatchObject({ from: { key: first.key }, to: { key: second.key } });
  });

  it('starts another where another kind stands between', () => {
    const attempt = attemptOf([report('failed', 1), report('processing', 2), report('failed', 3)]);
    expect(attempt?.from.key).toBe('failed_3');
  });

  it('lets a failure that is refused neither break a run nor begin one', () => {
    const foreign = report('failed', 3, { currency: 'EUR' });
    const [first, second, last] = [report('failed', 1), report('noted', 2), report('failed', 4)];
    expect(attemptOf([first, second, foreign, last])?.from.key).toBe(last.key);
    expect(attemptOf([first, foreign, last])?.from.key).toBe(first.key);
  });

  it('joins reports of which only one names the attempt, and takes its id', () => {
    const named = (second: number, attemptId: string | null) =>
      report('failed', second, { failure: { code: 'x', message: null, attemptId } });
    for (const run of [
      [named(1, 'ch_1'), named(2, null)],
      [named(1, null), named(2, 'ch_1')],
      [named(1, null), named(2, 'ch_1'), named(3, null)],
    ])
      expect(attemptOf(run)).toMatchObject({ id: 'ch_1', from: { key: 'failed_1' } });
    expect(attemptOf([named(1, null), named(2, 'ch_1'), named(3, 'ch_2')])).toMatchObject({
      id: 'ch_2',
      from: { key: 'failed_3' },
    });
  });

  it('goes by the id where the gateway gives one', () => {
    const failed = (second: number, attemptId: string) =>
      report('failed', second, { failure: { code: 'x', message: null, attemptId } });
    expect(attemptOf([failed(1, 'ch_1'), failed(2, 'ch_2')])?.id).toBe('ch_2');
  });
});
