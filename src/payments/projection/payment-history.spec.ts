import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { report } from '../../../test/builders/report.builder.js';
import { historyRuns } from '../../../test/support/history-runs.js';
import type { OrderedReport } from './causal-order.js';
import { PaymentHistory } from './payment-history.js';
import { REPORT_KINDS, type ReportKind } from '../report/payment-report.js';
import { foldReports } from './projection.js';

const anyReport = fc
  .tuple(fc.constantFrom<ReportKind>(...REPORT_KINDS), fc.integer({ min: 0, max: 5 }))
  .map(([kind, second]) => report(kind, second));

/** In any order; some were known when the history was opened, the others come in. */
const telling = fc.tuple(
  fc
    .array(anyReport, { maxLength: 12 })
    .map((reports) => reports.map((one, at) => ({ ...one, key: `key_${at}`, eventId: `evt_${at % 3}` }))),
  fc.nat(),
);

const shown = (reports: readonly OrderedReport[]) => foldReports(reports);

describe('the history of a payment', () => {
  it('comes to what the whole set is folded to, whatever came in when', () => {
    fc.assert(
      fc.property(telling, ([reports, known]) => {
        const first = reports.slice(0, known % (reports.length + 1));
        const history = new PaymentHistory(first);
        for (const one of reports.slice(first.length)) history.insert(one);
        expect({ projection: history.projection, outcomes: history.outcomes() }).toEqual(shown(reports));
      }),
      historyRuns(),
    );
  });

  it('takes a report that is read anew out of its old place', () => {
    fc.assert(
      fc.property(telling, anyReport, ([reports], anew) => {
        const history = new PaymentHistory(reports);
        const again = { ...anew, key: 'key_0', eventId: 'evt_0' };
        history.replace(again);
        const set = [...reports.filter(({ key }) => key !== 'key_0'), again];
        expect({ projection: history.projection, outcomes: history.outcomes() }).toEqual(shown(set));
      }),
      historyRuns(),
    );
  });
});
