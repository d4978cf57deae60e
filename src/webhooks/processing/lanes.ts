/**
 * How many batches of deliveries are under way at a time in one process: Node prepares a batch while PostgreSQL works on
 * another (docs/adr/0016). Each takes a connection of the pool.
 */
export const DEFAULT_LANES = 2;

/** Injection token of the number of lanes. Tests provide others. */
export const LANES = Symbol('LANES');
