import { Inject, Injectable } from '@nestjs/common';
import type { DataSource, EntityManager } from 'typeorm';
import {
  findPaymentFacts,
  orderOfPayment,
  type PaymentFacts,
  type PaymentOrder,
} from '../../payments/index.js';
import type { PaymentWorkItem } from '../../platform/features/index.js';
import { ENV } from '../../platform/config/config.module.js';
import type { Env } from '../../platform/config/env.js';
import { ChosenKinds } from '../kinds/chosen-kinds.js';
import { NotificationScheduler, type NotificationRequest } from '../scheduling/notification-scheduler.js';
import { findDunning } from './dunning.js';
import {
  deleteDunned,
  endUnchosen,
  findDunned,
  nameOfOrder,
  saveDunned,
  type StoredDunning,
} from './dunning.store.js';
import { lockDunning, ordersOf, type TouchedOrder, withRelatives } from './order-family.js';
import { isPaid, type KnownOrder, OrderStories, readReminderTime } from './order-stories.js';
import { planReminders, reminderKeyOf, reminderOfKey, type Plan } from './reminder-plan.js';

/** Keeps the dunning of orders up to date with their payments, and schedules reminders that are due. */
@Injectable()
export class ReminderUpdates {
  /** Null until this process has ended what was switched off. */
  private on: boolean | null = null;

  constructor(
    private readonly stories: OrderStories,
    private readonly scheduler: NotificationScheduler,
    private readonly chosen: ChosenKinds,
    @Inject(ENV) private readonly env: Env,
  ) {}

  /**
   * Whether reminders are chosen for any gateway. The first call ends the dunning of gateways for which they are not, so
   * that switching them on again tells nothing of the past.
   */
  async isOn(db: DataSource): Promise<boolean> {
    if (this.on !== null) return this.on;
    await endUnchosen(db, (gateway) => this.chosen.has('reminder', gateway));
    this.on = this.chosen.isChosenAnywhere('reminder');
    return this.on;
  }

  /** Brings the orders of changed payments up to date, those that they belong to and those that they left. */
  async apply(manager: EntityManager, work: readonly PaymentWorkItem[]): Promise<void> {
    const ids = work.map(({ paymentId }) => paymentId);
    const facts = new Map((await findPaymentFacts(manager, ids)).map((one) => [one.paymentId, one]));
    const touched = work.flatMap(({ paymentId, silent, previousOrder }): TouchedOrder[] => {
      const payment = facts.get(paymentId);
      const orders = ordersOf(payment);
      const left = previousOrder === null ? [] : [previousOrder];
      const family = [...orders, ...left].map(nameOfOrder);
      const mayStart = !silent && payment !== undefined && !isPaid(payment);
      return [
        ...orders.map((order) => ({ order, starts: mayStart, family })),
        ...left.map((order) => ({ order, starts: false, family })),
      ];
    });
    await this.refresh(manager, await withRelatives(manager, touched));
  }

  /**
   * Locks the orders, reads them and writes what is next. What is read after the lock cannot be outdated by another process
   * that does the same, so a reminder is scheduled once.
   */
  async refresh(manager: EntityManager, touched: readonly TouchedOrder[]): Promise<void> {
    await lockDunning(manager, touched);
    const orders = touched.map(({ order }) => order);
    const stored = await findDunned(manager, orders);
    const stateOf = ({ order, family }: TouchedOrder): StoredDunning | null =>
      [nameOfOrder(order), ...family].map((name) => stored.get(name)).find((one) => one !== undefined) ??
      null;
    const wanted = touched.filter((one) => one.starts || stateOf(one) !== null);
    if (wanted.length === 0) return;
    const now = await readReminderTime(manager);
    const known = await this.stories.read(
      manager,
      wanted.map(({ order }) => order),
    );
    const planned = wanted.flatMap((one, at) => {
      const order = known[at];
      return order === undefined ? [] : [this.plan(one, order, stateOf(one), now)];
    });
    await this.scheduler.schedule(manager, planned.flatMap(toRequests));
    await saveDunned(manager, planned.flatMap(toRow));
    await deleteDunned(
      manager,
      planned
        .filter(({ order, state }) => state === null && stored.has(nameOfOrder(order)))
        .map(({ order }) => order),
    );
  }

  private plan(
    { order, starts }: TouchedOrder,
    { story, payments, messages }: KnownOrder,
    state: StoredDunning | null,
    now: number,
  ): PlannedOrder {
    const found = findDunning(story);
    const payment = payments.find(({ paymentId }) => paymentId === found?.paymentId) ?? null;
    // An order may be known by two ids. It is under dunning under the id of the payment that the reminder is about.
    const isOwn = payment !== null && nameOfOrder(orderOfPayment(payment)) === nameOfOrder(order);
    const told = messages
      .filter(({ kind }) => kind === 'reminder')
      .map(({ attemptKey }) => reminderOfKey(attemptKey));
    const dunning = isOwn ? found : null;
    const plan = planReminders({ dunning, state, starts, told, days: this.env.dunningDays, now });
    return { order, payment, startedAt: found?.startedAt ?? 0, ...plan };
  }
}

interface PlannedOrder extends Plan {
  order: PaymentOrder;
  payment: PaymentFacts | null;
  startedAt: number;
}

const toRequests = ({ due, payment, startedAt }: PlannedOrder): NotificationRequest[] =>
  payment === null
    ? []
    : due.map(({ day }) => ({
        kind: 'reminder',
        attemptKey: reminderKeyOf(startedAt, day),
        payment: { ...payment, occurredAt: new Date(startedAt).toISOString() },
      }));

const toRow = ({ order, state, payment }: PlannedOrder) =>
  state === null || payment === null
    ? []
    : [
        {
          ...{ order, paymentId: state.paymentId, gateway: payment.gateway, day: state.day },
          ...{ startedAt: new Date(state.startedAt), dueAt: new Date(state.dueAt) },
        },
      ];
