import { Logger } from '@nestjs/common';
import type { FeatureContext, FeatureJob, PaymentFollower } from '../../platform/features/index.js';
import { ChosenKinds } from '../kinds/chosen-kinds.js';
import { STARTING, TELLING } from './dunning.js';
import { findDueDunned, postponeDunned } from './dunning.store.js';
import { touchAlone, type TouchedOrder } from './order-family.js';
import { ReminderUpdates } from './reminder-updates.js';

const DUE_PER_STEP = 100;
/** How much later a reminder is scheduled, at the most. */
const DUE_IDLE_MS = 500;

const logger = new Logger('reminders');

/** What a failed step throws may quote personal data, so only its class is logged. */
const nameOf = (error: unknown): string => (error instanceof Error ? error.name : typeof error);

const isAnyOf = (kinds: readonly string[], kind: string): boolean => kinds.includes(kind);

/**
 * Brings the dunning of orders up to date with payments that changed. A silent change starts nothing; it may end or move what
 * started. Reminders are decided from the payments, so a success that is followed later lets none go out.
 */
export const followPayments: PaymentFollower = {
  select: (changes, context) => {
    if (!context.get(ChosenKinds).isChosenAnywhere('reminder')) return [];
    const telling = changes.filter(
      ({ previousOrder, reported }) =>
        // A rebuild reports nothing, and may have changed anything.
        previousOrder !== null ||
        reported.length === 0 ||
        reported.some(({ kind }) => isAnyOf(TELLING, kind)),
    );
    return telling.map(({ paymentId, silent, previousOrder, reported }) => {
      const starts =
        (previousOrder !== null && !silent) ||
        reported.some((one) => !one.silent && isAnyOf(STARTING, one.kind));
      return { paymentId, silent: !starts };
    });
  },
  follow: async (manager, items, context) => {
    const reminders = context.get(ReminderUpdates);
    if (await reminders.isOn(context.db)) await reminders.apply(manager, items);
  },
};

/**
 * Schedules reminders that are due. Their rows wait in the table, so a restart loses none. Two processes may find the same
 * order: the second one waits for its lock, and finds that the reminder is scheduled.
 */
export const remind: FeatureJob = {
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
