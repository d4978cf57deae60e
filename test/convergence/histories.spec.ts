import { describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { foldReports } from '../../src/payments/projection/projection.js';
import { historyRuns } from '../support/history-runs.js';
import { naiveAttempt, naivePayment, type ArrivedReport } from './naive-payment.js';
import { arrivalOf, randomHistory } from './random-history.js';
import { ReportArrivals, showPayment } from './shown-projection.js';

// Ten thousand histories at night.
jest.setTimeout(600_000);

const withArrival = randomHistory.chain((reports) => fc.tuple(fc.constant(reports), arrivalOf(reports)));

const arrived = (order: readonly ArrivedReport[]): ReportArrivals => {
  const arrivals = new ReportArrivals();
  order.forEach((report) => arrivals.add(report));
  return arrivals;
};

describe('any history (pain 3)', () => {
  it('ends as the rules say, read word for word', () => {
    fc.assert(
      fc.property(randomHistory, (reports) => expect(showPayment(reports)).toEqual(naivePayment(reports))),
      historyRuns(),
    );
  });

  it('ends so in whatever order it arrives, and however often', () => {
    fc.assert(
      fc.property(withArrival, ([reports, order]) =>
        expect(arrived(order).shown).toEqual(naivePayment(reports)),
      ),
      historyRuns(),
    );
  });

  it('has, at every step on the way, nothing that depends on how it got there', () => {
    fc.assert(
      fc.property(withArrival, ([, order]) => {
        const arrivals = new ReportArrivals();
        for (const report of order) {
          arrivals.add(report);
          expect(arrivals.projection).toEqual(foldReports(arrivals.reports).projection);
          expect([...arrivals.outcomes].sort()).toEqual([...foldReports(arrivals.reports).outcomes].sort());
        }
      }),
      historyRuns(),
    );
  });

  it('has the failed attempts that the rules name', () => {
    fc.assert(
      fc.property(randomHistory, (reports) => {
        const { attempt } = foldReports(reports).projection;
        const naive = naiveAttempt(reports);
        expect(attempt?.id).toBe(naive?.id);
        if (naive?.id === null)
          expect([attempt?.from.key, attempt?.to.key]).toEqual([naive.keys[0], naive.keys.at(-1)]);
      }),
      historyRuns(),
    );
  });
});

describe('a history that ends otherwise', () => {
  it('is told with its seed and its path, and made small', () => {
    const never = () =>
      fc.assert(
        fc.property(randomHistory, (reports) => reports.every(({ kind }) => kind !== 'refund_failed')),
        { numRuns: 1000, seed: 1 },
      );
    expect(never).toThrow(/seed: 1, path: "[\d:]+"/);
    expect(never).toThrow(/Shrunk [1-9]\d* time/);
  });
});
