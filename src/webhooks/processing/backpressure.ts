/** So many messages to a commit, and senders wait for the process: there are seven where all that comes in is worked on. */
const CONTENDED_BATCH_SIZE = 16;
/** Where senders crowd, work gets a sixth of the time. */
const REST_PER_WORK = 5;
const MAX_REST_MS = 250;

/** From here on time is worth saving. Below, what is saved by waiting for company is worth less than the wait. */
const BUSY_UTILIZATION = 0.75;
const FLUSH_INTERVAL_MS = 2;

/**
 * How long to leave the process to senders after `workedMs` of work on what they sent, when lately `company` messages
 * went to disk in one commit. What is stored can wait; an answer cannot, for a sender that waits too long sends again.
 * Nothing while there is time for both, however full the process, and never so much that work stands still.
 */
export function restMs(company: number, workedMs: number): number {
  return company < CONTENDED_BATCH_SIZE ? 0 : Math.min(workedMs * REST_PER_WORK, MAX_REST_MS);
}

/**
 * How far apart commits of what came in begin. One costs the same for one message as for five, and where the process is
 * busy, what it costs is taken from the answers of others.
 */
export function flushIntervalMs(utilization: number): number {
  return utilization < BUSY_UTILIZATION ? 0 : FLUSH_INTERVAL_MS;
}
