/** How long claimed work belongs to the process that claimed it, in milliseconds: a dead one's is taken over then. */
export interface Leases {
  /** Work that ends within its own time limit (30 s at most) or is rolled back when it finds its lease lost. */
  workMs: number;
  /** Work with an effect outside, which no rollback takes back: well above the longest a channel may take. */
  sendMs: number;
}

export const DEFAULT_LEASES: Leases = { workMs: 60_000, sendMs: 120_000 };

/** Injection token of the leases in force; tests provide shorter ones. */
export const LEASES = Symbol('LEASES');
