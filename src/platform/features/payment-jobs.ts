import { Logger } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { FeatureContext, FeatureJob, PaymentFollower } from './feature.js';
import {
  MAX_PAYMENTS_PER_STEP,
  postponeWork,
  splitWork,
  takeOneWork,
  takeWork,
} from './feature-work.store.js';

/* Jobs of features that follow payments. */

const IDLE_MS = 250;

/**
 * The job of a feature that follows payments. The rows are deleted first and the payments read after that, so what is read is
 * at least as new as what was noted. A process that is killed leaves the rows. Where a batch fails, its payments are taken one
 * by one: those that fail by themselves wait, and hold up no others.
 */
export function createFollowJob(feature: string, follower: PaymentFollower): FeatureJob {
  const logger = new Logger(`${feature}: follow`);
  const takeBatch = (context: FeatureContext): Promise<number> =>
    context.db.transaction(async (manager) => {
      const items = await takeWork(manager, feature);
      if (items.length > 0) await follower.follow(manager, items, context);
      // What comes meanwhile gathers for `IDLE_MS`, unless a whole batch waits: a batch costs some ten statements.
      return items.length > MAX_PAYMENTS_PER_STEP / 2 ? items.length : 0;
    });
  const takeOneByOne = async (context: FeatureContext): Promise<number> => {
    const work = await context.db.transaction((manager) => splitWork(manager, feature));
    for (const { id, paymentId } of work)
      try {
        await context.db.transaction(async (manager) => {
          const items = await takeOneWork(manager, feature, id);
          if (items.length > 0) await follower.follow(manager, items, context);
        });
      } catch (error) {
        await postponeWork(context.db.manager, feature, id);
        // The message of an error may quote personal data.
        const cause = error instanceof Error ? error.name : typeof error;
        logger.error(`what follows from payment ${paymentId} could not be done, and waits: ${cause}`);
      }
    return work.length;
  };
  return {
    name: 'follow',
    idleMs: IDLE_MS,
    step: (context) => takeBatch(context).catch(() => takeOneByOne(context)),
  };
}

const DUE_PER_STEP = 100;
/** Whether a time has come is seen this much later at the most. */
const DUE_IDLE_MS = 500;

/**
 * The job that brings up to date what waits for a time of its own, such as an order that expires. The times wait in a
 * table, so a restart loses none. Two processes may find the same one: `follow` locks it, and finds out that nothing is
 * left to be done.
 */
export function createDueJob<Item>(job: {
  name: string;
  /** At most `limit` items whose time has come, and the time of the database by which it has. */
  find: (manager: EntityManager, limit: number) => Promise<{ items: readonly Item[]; now: Date }>;
  /** Called inside a transaction, with all items; with each by itself where that fails. */
  follow: (
    manager: EntityManager,
    items: readonly Item[],
    now: Date,
    context: FeatureContext,
  ) => Promise<void>;
}): FeatureJob {
  const { name, find, follow } = job;
  return {
    name,
    idleMs: DUE_IDLE_MS,
    step: async (context) => {
      const { items, now } = await find(context.db.manager, DUE_PER_STEP);
      if (items.length === 0) return 0;
      const followAll = (some: readonly Item[]): Promise<void> =>
        context.db.transaction((manager) => follow(manager, some, now, context));
      await followAll(items).catch(() => followEach(items, followAll));
      return items.length;
    },
  };
}

/** An item that fails by itself is tried again. The loop logs the error, and pauses before that. */
async function followEach<Item>(
  items: readonly Item[],
  follow: (items: readonly Item[]) => Promise<void>,
): Promise<void> {
  const failures: unknown[] = [];
  for (const item of items) await follow([item]).catch((error: unknown) => failures.push(error));
  const [first] = failures;
  if (first !== undefined) throw first instanceof Error ? first : new Error('not an error was thrown');
}
