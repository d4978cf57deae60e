import type { MinorUnits } from '../report/payment-report.js';

/** A running total as a gateway reported it. `at` is the time of the report in milliseconds since 1970. */
export interface RunningTotal {
  amount: MinorUnits;
  at: number;
}

/**
 * Whether a total replaces the one before it in the causal order. A running total only grows, so of two totals of the
 * same moment the larger one is newer.
 */
export const replacesTotal = (reported: RunningTotal, known: RunningTotal | null): boolean =>
  known === null || reported.at !== known.at || BigInt(reported.amount) > BigInt(known.amount);
