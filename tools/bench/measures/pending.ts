import { setTimeout as wait } from 'node:timers/promises';
import { saturate } from '../bench.js';
import type { OneDatabase } from '../bench-database.js';
import type { Events } from '../load/events.js';
import type { Outcome } from '../load/orders.js';
import type { RunningProgram } from '../programs/programs.js';

const POLL_INTERVAL_MS = 10;
/** A backlog of minutes of full load takes longer to work off than it took to come. */
const TIMEOUT_MS = 1_800_000;

/** Work that was promised and is not done: stored messages, and events that handlers have not seen. */
export async function pendingOf(database: OneDatabase): Promise<number> {
  const [row] = await database.query<{ pending: number }>(
    `SELECT ((SELECT count(*) FROM deliveries WHERE status = 'pending')
           + (SELECT count(*) FROM handler_runs WHERE status = 'pending'))::integer AS pending`,
  );
  return row?.pending ?? 0;
}

/** The same as a yes or no, which costs the database next to nothing while there is much of it. */
async function isAnythingPending(database: OneDatabase): Promise<boolean> {
  const [row] = await database.query<{ pending: boolean }>(
    `SELECT EXISTS (SELECT FROM deliveries WHERE status = 'pending')
         OR EXISTS (SELECT FROM handler_runs WHERE status = 'pending') AS pending`,
  );
  return row?.pending ?? false;
}

/** Resolves with the moment (milliseconds since 1970) at which nothing was pending any more. */
export async function untilQuiet(database: OneDatabase): Promise<number> {
  const deadline = Date.now() + TIMEOUT_MS;
  while (await isAnythingPending(database)) {
    if (Date.now() > deadline) throw new Error('the service did not come to an end with its work');
    await wait(POLL_INTERVAL_MS);
  }
  return performance.timeOrigin + performance.now();
}

export interface EndToEnd extends Outcome {
  /** From the first request until the last payment, timeline and event were committed and nothing was pending. */
  secondsToQuiet: number;
}

/** As many a second as are answered, and then until everything that follows from them is done. */
export async function endToEnd(
  { url, database }: RunningProgram,
  count: number,
  about: Partial<Events> = {},
): Promise<EndToEnd> {
  const outcome = await saturate(url, count, about);
  const quietAt = await untilQuiet(database);
  return { ...outcome, secondsToQuiet: outcome.seconds + (quietAt - outcome.endedAt) / 1000 };
}

/** A service that has warmed up and has nothing left to do. */
export async function warmUp(program: RunningProgram, count: number): Promise<number> {
  const { secondsToQuiet } = await endToEnd(program, count);
  return count / secondsToQuiet;
}
