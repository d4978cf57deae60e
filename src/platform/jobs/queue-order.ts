import type { DataSource } from 'typeorm';

/** For the claim of a queue, within its transaction; {@link claimInQueueOrder} tells why. */
export const QUEUE_ORDER_SETTING = 'SET LOCAL enable_bitmapscan = off';

/**
 * Runs one claim: the first rows of a queue, locked and marked. The table's statistics hardly ever see how many rows wait
 * at a moment. Planned for a few rows, a claim by bitmap gathers all that wait, and the dead entries of those that no
 * longer do, only to sort them and take the first. An index scan in order stops there, and removes the dead entries it
 * passes. Other statements keep the planner's choice: `?customer=` needs bitmaps.
 */
export async function claimInQueueOrder<Answer>(
  db: DataSource,
  claim: string,
  parameters: readonly unknown[],
): Promise<Answer> {
  const session = db.createQueryRunner();
  try {
    await session.query(`BEGIN; ${QUEUE_ORDER_SETTING}`);
    const answer = (await session.query(claim, [...parameters])) as Answer;
    await session.query('COMMIT');
    return answer;
  } catch (error) {
    await session.query('ROLLBACK').catch(() => undefined);
    throw error;
  } finally {
    await session.release();
  }
}
