import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { dispute, refund, report } from '../../../test/builders/report.builder.js';
import { toOrderedReport } from '../projection/causal-order.js';
import { NOTHING_PUBLISHED } from '../projection/payment-changes.js';
import { foldReports } from '../projection/projection.js';
import { REPORT_KINDS, type ReportKind } from '../report/payment-report.js';
import { detailsOf } from './payment-report-row.js';
import { completeDetails, packDetails, type StoredDetails } from './report-details.js';
import { completePublished, packPublished } from './stored-fold.js';
import { restoreProjection, restoreReport, toPaymentRow } from './stored-projection.js';

const KEY = { gateway: 'stripe', account: 'default', gatewayPaymentId: 'pi_1' };

/** As a value comes back from a jsonb column. */
const stored = <Value>(value: unknown): Value => JSON.parse(JSON.stringify(value)) as Value;

const maybe = <Value>(value: fc.Arbitrary<Value>): fc.Arbitrary<Value | null> => fc.option(value);
const amount = fc.constantFrom('0', '1000', '4000', '10000');
const anyReport = fc
  .record({
    kind: fc.constantFrom<ReportKind>(...REPORT_KINDS),
    second: fc.integer({ min: 0, max: 6 }),
    event: fc.constantFrom('evt_1', 'evt_2'),
    key: fc.constantFrom('evt_1', 'evt_2', 'evt_1:2'),
    object: fc.constantFrom('a', 'b'),
    amount: maybe(amount),
    amountCaptured: maybe(amount),
    reversedTotal: maybe(amount),
    refundedTotal: maybe(amount),
    captured: maybe(fc.constantFrom('succeeded' as const, 'reversed' as const)),
    failure: maybe(
      fc.record({ code: maybe(fc.constant('declined')), attemptId: maybe(fc.constant('ch_1')) }),
    ),
    nextAttempt: maybe(fc.constantFrom('none', '2026-11-30T09:30:00.000Z')),
    email: maybe(fc.constant('a@example.com')),
    release: fc.boolean(),
  })
  .map(({ kind, second, event, key, object, captured, failure, email, release, ...amounts }) => {
    const refunded = refund(object, '1000', 'succeeded', second);
    const fields = {
      ...amounts,
      ...(kind.startsWith('refund') && refunded),
      ...(kind.startsWith('dispute') && dispute(object, 'open', '1000')),
      ...(captured && { captures: [{ id: object, amount: null, status: captured }] }),
      ...(failure && { failure: { ...failure, message: null } }),
      customer: email === null ? null : { id: null, email, phone: null, name: null, locale: null },
    };
    const told = report(kind, second, fields);
    const refunds = told.refunds.map((one) => (release ? { ...one, mayBeRelease: true as const } : one));
    return toOrderedReport({ ...told, refunds, gatewayPaymentId: KEY.gatewayPaymentId }, key, event);
  });

describe('what is left out of a row', () => {
  it('comes back: a projection is the same after it was stored', () => {
    fc.assert(
      fc.property(fc.array(anyReport, { minLength: 1, maxLength: 6 }), (reports) => {
        const { projection } = foldReports(reports);
        const row = toPaymentRow('id', KEY, projection, NOTHING_PUBLISHED, new Date(0));
        const { fold, refunds, disputes } = row;
        const read = { ...row, ...stored<object>({ fold, refunds, disputes }) };
        expect(stored(restoreProjection(read))).toEqual(stored(projection));
      }),
    );
  });

  it('comes back: a report is the same after it was stored', () => {
    fc.assert(
      fc.property(anyReport, (one) => {
        const details = stored<StoredDetails>(packDetails(one));
        expect(stored(completeDetails(details))).toEqual(stored(detailsOf(one)));
        expect(restoreReport({ ...one, details }, one.gatewayPaymentId)).toEqual(one);
      }),
    );
  });

  it.each([
    NOTHING_PUBLISHED,
    { attemptIds: ['ch_1'], places: [], open: true },
    { attemptIds: [], places: [{ at: 1, rank: 2, eventId: 'e', key: 'k' }], open: false, refunds: ['re_1'] },
  ])('comes back: what was published is the same after it was stored (%#)', (published) => {
    expect(completePublished(stored(packPublished(published)))).toEqual(published);
  });

  it('is most of a row: an ordinary report stores only what it tells', () => {
    const one = toOrderedReport(
      report('succeeded', 0, { amount: '1000', amountCaptured: null }),
      'evt_1',
      'evt_1',
    );
    expect(packDetails(one)).toEqual({ mode: one.mode, amount: '1000', currency: 'USD' });
    const { projection } = foldReports([one]);
    const { fold, published_failures } = toPaymentRow('id', KEY, projection, NOTHING_PUBLISHED, new Date(0));
    const at = one.occurredAt.getTime();
    expect(stored({ fold, published_failures })).toEqual({
      fold: { version: 2, reports: 1, last: { at, rank: 6, eventId: 'succeeded_0' }, capturedAt: at },
      published_failures: {},
    });
  });
});
