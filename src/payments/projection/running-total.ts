import type { MinorUnits } from '../report/payment-report.js';

/** A running total as a gateway told it. `at` in milliseconds. */
export interface RunningTotal {
  amount: MinorUnits;
  at: number;
}

/**
 * Whether a total takes the place of the one before it in the causal order. A running total grows, so of two totals of
 * one moment the larger is the later one.
 */
export const replacesTotal = (told: RunningTotal, held: RunningTotal | null): boolean =>
  held === null || told.at !== held.at || BigInt(told.amount) > BigInt(held.amount);
