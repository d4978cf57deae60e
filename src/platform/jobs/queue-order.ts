import type { DataSource } from 'typeorm';

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
export async function claimInQueueOrder<Result>(
  db: DataSource,
  claim: string,
  parameters: readonly unknown[],
): Promise<Result> {
  const session = db.createQueryRunner();
  try {
    await session.query(`BEGIN; ${QUEUE_ORDER_SETTING}`);
    const result = (await session.query(claim, [...parameters])) as Result;
    await session.query('COMMIT');
    return result;
  } catch (error) {
    await session.query('ROLLBACK').catch(() => undefined);
    throw error;
  } finally {
    await session.release();
  }
}
