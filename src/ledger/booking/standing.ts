import type { Standing } from './book-difference.js';

/** An entry on the account of a position: how much the position grew, or fell, by this transaction. */
export interface Movement {
  transaction: string;
  /** Positive where the position grew. */
  growth: bigint;
}

/** The transactions that still stand, oldest first, of the movements of one position in the order in which they were booked. */
export function standingAfter(movements: readonly Movement[]): Standing[] {
  const standing: Standing[] = [];
  for (const { transaction, growth } of movements) {
    if (growth > 0n) standing.push({ transaction, amount: growth });
    else takeFromNewest(standing, -growth);
  }
  return standing;
}

function takeFromNewest(standing: Standing[], amount: bigint): void {
  let left = amount;
  while (left > 0n) {
    const newest = standing.pop();
    if (newest === undefined) return;
    if (newest.amount > left) standing.push({ ...newest, amount: newest.amount - left });
    left -= newest.amount < left ? newest.amount : left;
  }
}
