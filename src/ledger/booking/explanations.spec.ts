import { expect, it } from '@jest/globals';
import type { ReportKind, ReportOfKind } from '../../feature.js';
import { type Change, explain } from './explanations.js';

const report = (kind: ReportKind, second: number): ReportOfKind => ({
  paymentId: 'p',
  reportId: `${kind}-report`,
  kind,
  occurredAt: new Date(second * 1000),
});
const REPORTS = [
  report('succeeded', 1),
  report('reversed', 3),
  report('refund_created', 4),
  report('refund_succeeded', 5),
  report('dispute_opened', 6),
  report('dispute_lost', 7),
  report('dispute_won', 8),
  report('noted', 9),
];

it.each<[Change, string, string]>([
  ['first capture', 'payment.succeeded', 'succeeded'],
  ['later capture', 'payment.amended', 'succeeded'],
  ['reversal', 'payment.reversed', 'reversed'],
  ['refund', 'payment.refunded', 'refund_succeeded'],
  ['dispute opened', 'payment.disputed', 'dispute_opened'],
  ['dispute won', 'payment.amended', 'dispute_won'],
  ['dispute lost', 'payment.amended', 'dispute_lost'],
  ['dispute lost at once', 'payment.disputed', 'dispute_lost'],
  ['fee', 'payment.amended', 'noted'],
  ['correction', 'correction', 'noted'],
])('a %s is explained by %s and the report %s, in any order of the reports', (change, cause, kind) => {
  const told = REPORTS.find((one) => one.kind === kind);
  const expected = { cause, causeId: told?.reportId, occurredAt: told?.occurredAt };
  expect(explain(change, REPORTS)).toEqual(expected);
  expect(explain(change, REPORTS.toReversed())).toEqual(expected);
});

it('the newest report explains what no report of its kind does', () => {
  expect(explain('refund', [report('succeeded', 1), report('noted', 2)])).toMatchObject({
    causeId: 'noted-report',
  });
});
