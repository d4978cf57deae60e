import type { DuplicateDelivery } from './delivery-duplicates.store.js';

/** The message is committed in either case: as a new delivery, or counted at the delivery that was stored before. */
export type StoreResult = { kind: 'stored'; id: string } | ({ kind: 'duplicate' } & DuplicateDelivery);

/**
 * The message is not committed, and the sender must send it again. `overloaded`: there was no room in the queue, or the
 * message waited in it for too long. `not_stored`: the database failed; `cause` is its error, where there is one.
 */
export class NotStoredError extends Error {
  constructor(
    readonly reason: 'overloaded' | 'not_stored',
    why: string,
    options?: ErrorOptions,
  ) {
    super(why, options);
  }
}
