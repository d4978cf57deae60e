import { Logger } from '@nestjs/common';
import type { FeatureContext, FeatureJob } from '../../platform/features/index.js';
import {
  findDueDunned,
  findDunningWork,
  postponeDunned,
  postponeDunningWork,
  takeDunningWork,
} from './dunning.store.js';
import { touchAlone, type TouchedOrder } from './order-family.js';
import { ReminderUpdates } from './reminder-updates.js';

/** Changes of payments in one transaction. */
const WORK_PER_STEP = 200;
const DUE_PER_STEP = 100;
/** How much later a success, at the most, ends the dunning in the table. Reminders are decided without the table. */
const WORK_IDLE_MS = 250;
/** How much later a reminder is scheduled, at the most. */
const DUE_IDLE_MS = 500;

const logger = new Logger('reminders');

/** What a failed step throws may quote personal data, so only its class is logged. */
const nameOf = (error: unknown): string => (error instanceof Error ? error.name : typeof error);

/**
 * Brings orders up to date with payments that changed. The rows are deleted first and the payments read after that. Where a
 * batch fails, its rows are taken one by one: those that fail by themselves wait, and hold up no others.
 */
const update: FeatureJob = {
  name: 'dunning',
  idleMs: WORK_IDLE_MS,
  step: async (context) => {
    if (!(await context.get(ReminderUpdates).isOn(context.db))) return 0;
    try {
      return await applyWork(context);
    } catch {
      return applyOneByOne(context);
    }
  },
};

/** Takes a batch, or the row `id`. Resolves with the number of rows. */
const applyWork = (context: FeatureContext, id: string | null = null): Promise<number> =>
  context.db.transaction(async (manager) => {
    const work = await takeDunningWork(manager, WORK_PER_STEP, id);
    if (work.length > 0) await context.get(ReminderUpdates).apply(manager, work);
    return work.length;
  });

async function applyOneByOne(context: FeatureContext): Promise<number> {
  const work = await findDunningWork(context.db.manager, WORK_PER_STEP);
  for (const { id, paymentId } of work)
    try {
      await applyWork(context, id);
    } catch (error) {
      await postponeDunningWork(context.db.manager, id);
      logger.error(`the dunning of payment ${paymentId} could not be updated, and waits: ${nameOf(error)}`);
    }
  return work.length;
}

/**
 * Schedules reminders that are due. Their rows wait in the table, so a restart loses none. Two processes may find the same
 * order: the second one waits for its lock, and finds that the reminder is scheduled.
 */
const remind: FeatureJob = {
  name: 'remind',
  idleMs: DUE_IDLE_MS,
  step: async (context) => {
    const reminders = context.get(ReminderUpdates);
    if (!(await reminders.isOn(context.db))) return 0;
    const orders = await findDueDunned(context.db, new Date(), DUE_PER_STEP);
    if (orders.length === 0) return 0;
    const touched = orders.map(touchAlone);
    try {
      await context.db.transaction((manager) => reminders.refresh(manager, touched));
    } catch {
      await remindOneByOne(context, touched);
    }
    return orders.length;
  },
};

/** An order that fails by itself waits, and holds up no others. */
async function remindOneByOne(context: FeatureContext, touched: readonly TouchedOrder[]): Promise<void> {
  for (const one of touched)
    try {
      await context.db.transaction((manager) => context.get(ReminderUpdates).refresh(manager, [one]));
    } catch (error) {
      await postponeDunned(context.db.manager, one.order);
      logger.error(`the reminder of an order could not be scheduled, and waits: ${nameOf(error)}`);
    }
}

export const reminderJobs: readonly FeatureJob[] = [update, remind];
