import type { Mode } from '../../feature.js';

/** What the books say about one payment in one currency. Each position is one ledger account beside the gateway's. */
export const POSITIONS = ['captured', 'reversed', 'refunded', 'disputesOpen', 'disputesLost', 'fee'] as const;
export type Position = (typeof POSITIONS)[number];

/** One side of a transaction: the account of a position, or that of the gateway. */
export type Side = Position | 'gateway';

/** What is booked apart: no transaction leads from one of these to another. */
export interface Scope {
  mode: Mode;
  merchant: string | null;
  currency: string;
}

export const scopeKey = ({ mode, merchant, currency }: Scope): string =>
  JSON.stringify([mode, merchant, currency]);

/** In minor units. `captured` is what ever came, `reversed` what of it went. */
export type Amounts = Readonly<Record<Position, bigint>>;

export const NOTHING: Amounts = {
  captured: 0n,
  reversed: 0n,
  refunded: 0n,
  disputesOpen: 0n,
  disputesLost: 0n,
  fee: 0n,
};

/** What is booked of one payment, or what is to be: the amounts of each scope, by {@link scopeKey}. */
export type Books = ReadonlyMap<string, { scope: Scope; amounts: Amounts }>;

/** Which two accounts a position that grows moves. A position that falls moves them the other way round. */
export const PAIRS: Readonly<Record<Position, { debit: Side; credit: Side }>> = {
  captured: { debit: 'gateway', credit: 'captured' },
  reversed: { debit: 'reversed', credit: 'gateway' },
  refunded: { debit: 'refunded', credit: 'gateway' },
  disputesOpen: { debit: 'disputesOpen', credit: 'gateway' },
  disputesLost: { debit: 'disputesLost', credit: 'gateway' },
  fee: { debit: 'fee', credit: 'gateway' },
};

const NAMES: Readonly<Record<Exclude<Position, 'fee'>, string>> = {
  captured: 'revenue',
  reversed: 'reversals',
  refunded: 'refunds',
  disputesOpen: 'disputes:open',
  disputesLost: 'disputes:lost',
};
const FEES = 'fees:';
const POSITION_OF = new Map(Object.entries(NAMES).map(([position, name]) => [name, position as Position]));

/** The name of the ledger account of one side, for a payment of this gateway and account. */
export function ledgerAccountName(
  side: Side,
  { gateway, account }: { gateway: string; account: string },
): string {
  if (side === 'gateway') return `gateway:${gateway}:${account}`;
  return side === 'fee' ? `${FEES}${gateway}` : NAMES[side];
}

/** The position that a ledger account shows; null for that of the gateway. */
export const positionOf = (name: string): Position | null =>
  POSITION_OF.get(name) ?? (name.startsWith(FEES) ? 'fee' : null);

/** Whether the position is larger when its account has more credits. */
export const isCreditSide = (position: Position): boolean => PAIRS[position].credit === position;
