/**
 * From here on, messages per commit mean that senders are queueing. Normal load gives about 7 (docs/adr/0008).
 */
const CONTENDED_BATCH_SIZE = 16;
/** While senders are queueing, processing gets a sixth of the time. */
const REST_PER_WORK = 5;
const MAX_REST_MS = 250;

/** Whether senders are queueing, when recent commits stored `batchSize` messages on average. */
export const isContended = (batchSize: number): boolean => batchSize >= CONTENDED_BATCH_SIZE;

/**
 * How long processing pauses, in milliseconds, after `workedMs` of work, when recent commits stored `batchSize` messages
 * on average. Stored messages can wait; a sender that waits too long for its answer sends again. The result is 0 while
 * no sender is queueing, and at most 250, so that processing never stands still.
 */
export function restMs(batchSize: number, workedMs: number): number {
  return isContended(batchSize) ? Math.min(workedMs * REST_PER_WORK, MAX_REST_MS) : 0;
}
