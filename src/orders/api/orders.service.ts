import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import {
  findPaymentFactsOfOrders,
  newId,
  notFound,
  orderOfPayment,
  type Page,
  type PaymentFacts,
  type PaymentOrder,
  problemOf,
  toPage,
} from '../../feature.js';
import type { Order } from '../order.entity.js';
import { findOrderPage, type OrderFilter } from '../order-list.store.js';
import { findOrders, keyOfOrder, orderNameOf, saveOrders, saveRegistered } from '../order.store.js';
import { type AdvancedOrder, createOrder } from '../processing/advance-order.js';
import { OrderUpdates, UncomputableOrderError } from '../processing/order-updates.js';
import type { Registration, SettlementRequest } from './order-body.js';
import { notAllowedNow, UNCOMPUTABLE } from './order-problems.js';
import { MAX_PAYMENTS_SHOWN, type OrderView, toOrderView } from './order.view.js';
import { isSameRegistration, registerOrder } from './registration.js';

/** What shops and operators do with orders. Each change is one transaction, under the lock of the order. */
@Injectable()
export class OrdersService {
  constructor(
    private readonly db: DataSource,
    private readonly updates: OrderUpdates,
  ) {}

  /** Registers or replaces an order. */
  register(key: PaymentOrder, registration: Registration): Promise<{ view: OrderView; isNew: boolean }> {
    return this.withOrder(key, async (manager, known) => {
      const now = new Date();
      const current = known && (await this.updates.advance(manager, known, now)).order;
      const isNew = current?.registered !== true;
      if (!isNew && isSameRegistration(current, registration))
        return { view: await viewOf(manager, current), isNew };
      if (!isNew && current.status !== 'open' && current.status !== 'overdue')
        throw notAllowedNow(`the order is ${current.status}: it can be changed while it is open or overdue`);
      const registered = registerOrder(current ?? createOrder(key), registration, now);
      // What was told of `current` was only computed, and is told by `advanced`.
      const published = known?.published ?? [];
      const advanced = await this.updates.advance(manager, { ...registered, published }, now);
      const order = { ...advanced.order, updatedAt: now };
      await saveRegistered(manager, order);
      if ((known?.customerId ?? null) !== order.customerId) await this.updates.tellCustomer(manager, order);
      // An order that its payments made, and that stays paid, does not become paid by its registration.
      const wasTold = current?.status === 'paid' && order.status === 'paid';
      const fresh = advanced.fresh.filter(({ name }) => !(wasTold && name === 'order.paid'));
      await this.updates.tell(manager, order, fresh);
      return { view: await viewOf(manager, order), isNew };
    });
  }

  /** Cancels an order that holds no money. A repeated call changes nothing. */
  cancel(key: PaymentOrder): Promise<OrderView> {
    return this.change(key, ({ order, facts }, now) => {
      if (facts.holding.length > 0 || facts.foreign.length > 0)
        throw notAllowedNow('money was captured that was not refunded');
      return { ...order, canceledAt: order.canceledAt ?? now };
    });
  }

  /** Settles a flagged order, until its money changes. A flag of a payment may stand beside any status. */
  settle(key: PaymentOrder, as: SettlementRequest['as']): Promise<OrderView> {
    return this.change(key, ({ order, facts, isSettled }) => {
      if (order.flags.length === 0 || isSettled)
        throw notAllowedNow(`the order is ${order.status}: only a flagged order can be settled`);
      const { captured, refunded, paying } = facts;
      const money = { captured: captured.toString(), refunded: refunded.toString(), paying };
      return { ...order, settlement: { id: newId(), as, ...money } };
    });
  }

  /** Null when there is no such order. */
  async find(key: PaymentOrder): Promise<OrderView | null> {
    const order = (await findOrders(this.db.manager, [key])).get(orderNameOf(key));
    return order ? viewOf(this.db.manager, order) : null;
  }

  /** One page of orders, newest first. */
  async list(filter: OrderFilter, limit: number): Promise<Page<OrderView>> {
    const found = await findOrderPage(this.db.manager, filter, limit + 1);
    const payments = await paymentsOf(this.db.manager, found.slice(0, limit));
    const now = new Date();
    return toPage(found, limit, (order) => toOrderView(order, payments.get(nameOf(order)) ?? [], now));
  }

  /** `decide` is given the order as it is now, and returns it as an operator closes it. */
  private change(
    key: PaymentOrder,
    decide: (current: AdvancedOrder, now: Date) => Order,
  ): Promise<OrderView> {
    return this.withOrder(key, async (manager, known) => {
      if (known === undefined) throw notFound('order');
      const now = new Date();
      const before = await this.updates.advance(manager, known, now);
      const after = await this.updates.advance(manager, decide(before, now), now);
      await saveOrders(manager, [after.order]);
      await this.updates.tell(manager, after.order, [...before.fresh, ...after.fresh]);
      await this.updates.tellClosed(manager, after.order);
      return viewOf(manager, after.order);
    });
  }

  private withOrder<Result>(
    key: PaymentOrder,
    work: (manager: EntityManager, known: Order | undefined) => Promise<Result>,
  ): Promise<Result> {
    const done = this.db.transaction(async (manager) => {
      await this.updates.lock(manager, [key]);
      return work(manager, (await findOrders(manager, [key])).get(orderNameOf(key)));
    });
    return done.catch((error: unknown) => {
      throw error instanceof UncomputableOrderError
        ? problemOf(UNCOMPUTABLE, {}, {}, { cause: error })
        : error;
    });
  }
}

const nameOf = (order: Order): string => orderNameOf(keyOfOrder(order));

async function viewOf(manager: EntityManager, order: Order): Promise<OrderView> {
  const payments = await paymentsOf(manager, [order]);
  return toOrderView(order, payments.get(nameOf(order)) ?? [], new Date());
}

/** The payments that are shown of each order, by the name of the order, read by one statement. */
async function paymentsOf(
  manager: EntityManager,
  orders: readonly Order[],
): Promise<ReadonlyMap<string, readonly PaymentFacts[]>> {
  const byOrder = new Map<string, PaymentFacts[]>();
  if (orders.length === 0) return byOrder;
  const found = await findPaymentFactsOfOrders(manager, orders.map(keyOfOrder), MAX_PAYMENTS_SHOWN + 1);
  for (const payment of found) {
    const name = orderNameOf(orderOfPayment(payment));
    byOrder.set(name, [...(byOrder.get(name) ?? []), payment]);
  }
  return byOrder;
}
