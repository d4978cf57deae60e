import type { EntityManager } from 'typeorm';
import { publishOperatorNotice } from '../feature.js';
import { deleteDispatches } from './dispatch-list.store.js';
import { failingNotice } from './operator-notices.js';
import { dropPreviousSecrets, findFailing } from './subscription.store.js';

const HOUR_MS = 3_600_000;
const FAILING_AFTER_MS = HOUR_MS;
const DISPATCHES_KEPT_MS = 30 * 24 * HOUR_MS;
const DELETED_PER_STEP = 1_000;

/** Tells the operator of each subscriber that nothing has reached for an hour, once for each such time. */
export async function tellOfFailing(manager: EntityManager, now: Date): Promise<void> {
  for (const one of await findFailing(manager, new Date(now.getTime() - FAILING_AFTER_MS)))
    await publishOperatorNotice(
      manager,
      `subscription:${one.id}:failing:${one.failingSince?.toISOString() ?? ''}`,
      failingNotice(one),
    );
}

/** Deletes what is over: dispatches after 30 days, and secrets a day after their rotation. Resolves with 0 once nothing is left. */
export async function removeOld(manager: EntityManager, now: Date): Promise<number> {
  await dropPreviousSecrets(manager, now);
  return deleteDispatches(manager, new Date(now.getTime() - DISPATCHES_KEPT_MS), DELETED_PER_STEP);
}
