/**
 * How many batches of deliveries are under way at a time in one process: Node prepares a batch while PostgreSQL works on
 * another (docs/adr/0016). Each takes a connection of the pool.
 */
export const DEFAULT_LANES = 2;

/** Injection token of the number of lanes. Tests provide others. */
export const LANES = Symbol('LANES');

/** One of the lanes of a process. */
export interface Lane {
  /** From 0. */
  readonly index: number;
  /** How many lanes the process has. */
  readonly count: number;
}

/** How often the table is looked at where nothing says that something is due, in milliseconds. */
export const POLL_INTERVAL_MS = 500;
