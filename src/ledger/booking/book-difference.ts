import type { Change } from './explanations.js';
import {
  type Amounts,
  type Books,
  NOTHING,
  PAIRS,
  type Position,
  POSITIONS,
  type Scope,
  type Side,
} from './positions.js';

/** A transaction to be booked: one amount from the credit side to the debit side. */
export interface Booking {
  scope: Scope;
  debit: Side;
  credit: Side;
  amount: bigint;
  change: Change;
  /** The transaction that this one undoes, wholly or in part. */
  corrects: string | null;
}

/** A transaction that made a position grow, and how much of it still stands. */
export interface Standing {
  transaction: string;
  amount: bigint;
}

/** The transactions of a position that still stand, oldest first. Asked only where a position falls. */
export type StandingOf = (scope: Scope, position: Position) => readonly Standing[];

/**
 * The transactions that make `booked` equal to `target`. Each fall names the transactions that it undoes, the newest
 * first. A dispute that is lost moves from open to lost, and one that was lost by mistake moves back.
 */
export function bookDifference(booked: Books, target: Books, standingOf: StandingOf): Booking[] {
  const isFirst = !hasCapture(booked);
  return [...new Set([...booked.keys(), ...target.keys()])].flatMap((key) => {
    const [before, after] = [booked.get(key), target.get(key)];
    const scope = (before ?? after)?.scope;
    if (scope === undefined) return [];
    return bookScope(scope, {
      before: before?.amounts ?? NOTHING,
      after: after?.amounts ?? NOTHING,
      isFirst,
      standingOf,
    });
  });
}

/** Whether a position of the payment falls, so that the transactions that stand must be known. */
export const hasFall = (booked: Books, target: Books): boolean =>
  [...booked].some(([key, { amounts }]) =>
    POSITIONS.some((position) => (target.get(key)?.amounts ?? NOTHING)[position] < amounts[position]),
  );

const hasCapture = (books: Books): boolean =>
  [...books.values()].some(({ amounts }) => amounts.captured > 0n);

interface Comparison {
  before: Amounts;
  after: Amounts;
  /** No money of the payment was booked before. */
  isFirst: boolean;
  standingOf: StandingOf;
}

function bookScope(scope: Scope, { before, after, isFirst, standingOf }: Comparison): Booking[] {
  const rest: Record<Position, bigint> = { ...NOTHING };
  for (const position of POSITIONS) rest[position] = after[position] - before[position];
  const bookings: Booking[] = [];
  const book = (booking: Omit<Booking, 'scope'>): void => void bookings.push({ scope, ...booking });
  const bookBack = (position: Position, amount: bigint, sides: Pick<Booking, 'debit' | 'credit'>): void => {
    const change = position === 'disputesOpen' ? 'dispute won' : 'correction';
    for (const undone of undo(standingOf(scope, position), amount)) book({ ...sides, change, ...undone });
  };

  const lost = smaller(-rest.disputesOpen, rest.disputesLost);
  if (lost > 0n) {
    book({
      debit: 'disputesLost',
      credit: 'disputesOpen',
      amount: lost,
      change: 'dispute lost',
      corrects: null,
    });
    rest.disputesOpen += lost;
    rest.disputesLost -= lost;
  }
  const reopened = smaller(rest.disputesOpen, -rest.disputesLost);
  if (reopened > 0n) {
    bookBack('disputesLost', reopened, { debit: 'disputesOpen', credit: 'disputesLost' });
    rest.disputesOpen -= reopened;
    rest.disputesLost += reopened;
  }
  for (const position of POSITIONS) {
    const { debit, credit } = PAIRS[position];
    const amount = rest[position];
    if (amount > 0n)
      book({ debit, credit, amount, change: growthOf(position, isFirst, after), corrects: null });
    if (amount < 0n) bookBack(position, -amount, { debit: credit, credit: debit });
  }
  return bookings;
}

const GROWTH: Readonly<Record<Exclude<Position, 'captured' | 'fee'>, Change>> = {
  reversed: 'reversal',
  refunded: 'refund',
  disputesOpen: 'dispute opened',
  disputesLost: 'dispute lost at once',
};

/** A fee that comes with the first capture is told by the same report. */
function growthOf(position: Position, isFirst: boolean, { captured }: Amounts): Change {
  if (position === 'captured') return isFirst ? 'first capture' : 'later capture';
  if (position === 'fee') return isFirst && captured > 0n ? 'first capture' : 'fee';
  return GROWTH[position];
}

/** Undoes `amount`, the newest transaction first. What no transaction explains is undone without a name. */
function undo(standing: readonly Standing[], amount: bigint): { amount: bigint; corrects: string | null }[] {
  const undone: { amount: bigint; corrects: string | null }[] = [];
  let left = amount;
  for (const { transaction, amount: stands } of standing.toReversed()) {
    if (left === 0n) break;
    const part = smaller(left, stands);
    undone.push({ amount: part, corrects: transaction });
    left -= part;
  }
  return left > 0n ? [...undone, { amount: left, corrects: null }] : undone;
}

const smaller = (one: bigint, other: bigint): bigint => (one < other ? one : other);
