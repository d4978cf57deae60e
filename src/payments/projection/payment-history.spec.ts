import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { report } from '../../../test/builders/report.builder.js';
import { historyRuns } from '../../../test/support/history-runs.js';
import { PaymentHistory } from './payment-history.js';
import { REPORT_KINDS, type ReportKind } from '../report/payment-report.js';
import { foldReports } from './projection.js';

const anyReport = fc
  .tuple(fc.constantFrom<ReportKind>(...REPORT_KINDS), fc.integer({ min: 0, max: 5 }))
  .map(([kind, second]) => report(kind, second));

/** Reports in any order, and how many of them are known when the history is opened. */
const reportsAndKnown = fc.tuple(
  fc
    .array(anyReport, { maxLength: 12 })
    .map((reports) =>
      reports.map((report, at) => ({ ...report, key: `key_${at}`, eventId: `evt_${at % 3}` })),
    ),
  fc.nat(),
);

describe('the history of a payment', () => {
  it('comes to what the whole set is folded to, whatever came in when', () => {
    fc.assert(
      fc.property(reportsAndKnown, ([reports, known]) => {
        const first = reports.slice(0, known % (reports.length + 1));
        const history = new PaymentHistory(first);
        for (const late of reports.slice(first.length)) history.insert(late);
        expect({ projection: history.projection, outcomes: history.outcomes() }).toEqual(
          foldReports(reports),
        );
      }),
      historyRuns(),
    );
  });

  it('takes a report that is read anew out of its old place', () => {
    fc.assert(
      fc.property(reportsAndKnown, anyReport, ([reports], changed) => {
        const history = new PaymentHistory(reports);
        const replacement = { ...changed, key: 'key_0', eventId: 'evt_0' };
        history.replace(replacement);
        const set = [...reports.filter(({ key }) => key !== 'key_0'), replacement];
        expect({ projection: history.projection, outcomes: history.outcomes() }).toEqual(foldReports(set));
      }),
      historyRuns(),
    );
  });
});
