import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { dispute, refund, report } from '../../../test/builders/report.builder.js';
import { historyRuns } from '../../../test/support/history-runs.js';
import { REPORT_KINDS, type ReportKind } from '../report/payment-report.js';
import { capturedAmounts } from './captures.js';
import type { OrderedReport } from './causal-order.js';
import { deriveMoneyFacts } from './money-facts.js';
import { applyReport, isCausallyNewest, INITIAL_STATE, foldReports, type Projection } from './projection.js';

/** Any report. Kinds, seconds, amounts, currencies and ids collide often. */
const anyReport = fc
  .record({
    kind: fc.constantFrom<ReportKind>(...REPORT_KINDS),
    second: fc.integer({ min: 0, max: 6 }),
    currency: fc.constantFrom('USD', 'USD', 'USD', 'EUR', null),
    object: fc.constantFrom('a', 'b'),
    amount: fc.constantFrom('1000', '4000', '10000'),
    total: fc.option(fc.constantFrom('1000', '5000', '12000')),
    attempt: fc.option(fc.constantFrom('ch_1', 'ch_2')),
    email: fc.option(fc.constantFrom('a@example.com', 'b@example.com')),
  })
  .map(({ kind, second, currency, object, amount, total, attempt, email }) => {
    const refundStatus =
      kind === 'refund_failed' ? 'failed' : kind === 'refund_succeeded' ? 'succeeded' : 'pending';
    const disputeStatus = kind === 'dispute_won' ? 'won' : kind === 'dispute_lost' ? 'lost' : 'open';
    return report(kind, second, {
      currency,
      ...(kind.startsWith('refund') && refund(object, amount, refundStatus, second)),
      ...(kind.startsWith('dispute') && dispute(object, disputeStatus, amount)),
      ...(kind.startsWith('refund') && { refundedTotal: total }),
      ...(kind === 'failed' && { failure: { code: 'declined', message: null, attemptId: attempt } }),
      customer: { id: null, email, phone: null, name: null, locale: null },
    });
  });

const history = fc
  .array(anyReport, { minLength: 1, maxLength: 10 })
  .map((reports) => reports.map((report, at) => ({ ...report, key: `key_${at}`, eventId: `evt_${at % 3}` })));

const withOrder = history.chain((reports) =>
  fc.tuple(fc.constant(reports), fc.shuffledSubarray(reports, { minLength: reports.length })),
);

const foldAndShow = (reports: readonly OrderedReport[]) => {
  const { projection, outcomes } = foldReports(reports);
  return { projection, money: deriveMoneyFacts(projection), outcomes: [...outcomes].sort() };
};

/** Folds as the service does: the causally newest report alone, and all reports again after a late one. */
function foldOneByOne(reports: readonly OrderedReport[]): Projection {
  const stored: OrderedReport[] = [];
  return reports.reduce<Projection>((projection, next) => {
    stored.push(next);
    return isCausallyNewest(projection, next)
      ? applyReport(projection, next).projection
      : foldReports(stored).projection;
  }, INITIAL_STATE);
}

describe('the projection, of any history', () => {
  it('depends on the set of reports alone, never on the order they came in', () => {
    fc.assert(
      fc.property(withOrder, ([reports, shuffled]) =>
        expect(foldAndShow(shuffled)).toEqual(foldAndShow(reports)),
      ),
      historyRuns(),
    );
  });

  it('is the same applied one by one as folded at once', () => {
    fc.assert(
      fc.property(withOrder, ([reports, shuffled]) =>
        expect(foldOneByOne(shuffled)).toEqual(foldReports(reports).projection),
      ),
      historyRuns(),
    );
  });

  it('never shows more refunded than captured, nor a negative amount', () => {
    fc.assert(
      fc.property(history, (reports) => {
        const { projection } = foldReports(reports);
        const { amountRefunded, amountDisputed } = deriveMoneyFacts(projection);
        const { refundable } = capturedAmounts(projection.captures, projection.amount);
        expect(BigInt(amountRefunded) >= 0n && BigInt(amountDisputed) >= 0n).toBe(true);
        if (refundable !== null) expect(BigInt(amountRefunded) <= refundable).toBe(true);
      }),
      historyRuns(),
    );
  });

  it('survives being kept as JSON between two reports', () => {
    fc.assert(
      fc.property(history, (reports) => {
        const { projection } = foldReports(reports);
        expect(JSON.parse(JSON.stringify(projection))).toEqual(projection);
      }),
      historyRuns(),
    );
  });
});
