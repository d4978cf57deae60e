import type { OrderedReport } from './causal-order.js';

/** What of a report tells a currency. */
type Told = Pick<OrderedReport, 'kind' | 'amount' | 'currency'>;

/**
 * The currency that the payment tells of itself, from its reports in causal order; null where none does. A refund or a
 * dispute may be in another currency, and may lie before the first report of the payment itself. So the payment's own word
 * counts for every report, whatever lies before it.
 */
export const ownCurrencyOf = (ordered: readonly Told[]): string | null =>
  ordered.find((report) => report.currency !== null && isOfPayment(report))?.currency ?? null;

/** A report that names an amount of the payment is the payment's own, even where it is about a refund. */
const isOfPayment = ({ kind, amount }: Told): boolean =>
  amount !== null || !/^(refund_|dispute_|noted$)/.test(kind);

/** Whether a report may show that reports before it were folded in a currency that is not the payment's. */
export const mayCorrectCurrency = (known: string | null, report: Told): boolean =>
  known !== null && report.currency !== null && report.currency !== known && isOfPayment(report);
