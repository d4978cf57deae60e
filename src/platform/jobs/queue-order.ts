import type { DataSource, EntityManager } from 'typeorm';

/** For a transaction that claims jobs. {@link claimInQueueOrder} says why. */
export const QUEUE_ORDER_SETTING = 'SET LOCAL enable_bitmapscan = off';

/**
 * Runs one statement that claims the first rows of a queue, in a transaction of its own without bitmap scans.
 *
 * The statistics of a queue table seldom show how many rows wait at the moment. A plan for a few rows uses a bitmap
 * scan: it reads every waiting row and the dead entries of finished ones, sorts them, and takes the first. An index
 * scan in order stops after the first rows, and marks the dead entries it passes. Other statements keep the planner's
 * choice, because `?customer=` needs bitmap scans.
 */
export function claimInQueueOrder<Result>(
  db: DataSource,
  claim: string,
  parameters: readonly unknown[],
): Promise<Result> {
  return inTransactionWith(db, QUEUE_ORDER_SETTING, (manager) =>
    manager.query<Result>(claim, [...parameters]),
  );
}

/**
 * Settings for a transaction that claims the first rows of a queue and looks up what belongs to each. Every look-up is a
 * nested loop over an index, whatever the statistics say, so that a prepared plan is right for a table of any size.
 */
export const LOOK_UP_SETTINGS = `${QUEUE_ORDER_SETTING}; SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off;
  SET LOCAL enable_mergejoin = off`;

/** Runs `work` in a transaction of its own that begins with the settings, in one round trip. It must not be nested. */
export async function inTransactionWith<Result>(
  db: DataSource,
  settings: string,
  work: (manager: EntityManager) => Promise<Result>,
): Promise<Result> {
  const session = db.createQueryRunner();
  try {
    await session.query(`BEGIN; ${settings}`);
    const result = await work(session.manager);
    await session.query('COMMIT');
    return result;
  } catch (error) {
    await session.query('ROLLBACK').catch(() => undefined);
    throw error;
  } finally {
    await session.release();
  }
}
