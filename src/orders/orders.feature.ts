import type { PayhookFeature } from '../feature.js';
import { Orders1765060000000 } from './migrations/1765060000000-orders.js';
import { Order } from './order.entity.js';
import { ORDER_EVENTS } from './order.events.js';
import { expireOrders } from './order-person.store.js';
import { OrderWork } from './order-work.entity.js';
import { orderWork } from './order-work.store.js';
import { OrdersModule } from './orders.module.js';
import { findOrderContacts, findOrderCustomerIds } from './privacy/order-contacts.js';
import { catchUpErasures, erasePerson, findPaymentsOfPerson } from './privacy/order-persons.js';
import { findOrderDebts } from './processing/order-debts.js';
import { orderJobs } from './processing/order-jobs.js';

/** Orders: registered by a shop, matched with their payments, watched over. Without this line Payhook knows payments alone. */
export const ordersFeature: PayhookFeature = {
  name: 'orders',
  entities: [Order, OrderWork],
  migrations: [Orders1765060000000],
  imports: [OrdersModule],
  events: Object.values(ORDER_EVENTS),
  jobs: orderJobs,
  settings: { ORDERS_FROM_PAYMENTS: { kind: 'flag', default: false } },
  erase: erasePerson,
  findPayments: findPaymentsOfPerson,
  findContacts: findOrderContacts,
  findCustomerIds: findOrderCustomerIds,
  findOrderDebts,
  retain: expireOrders,
  // The work does the rest, in steps of its own: an order is computed from all its payments, however they were noted.
  catchUp: async (manager, paymentIds) => {
    await catchUpErasures(manager, paymentIds);
    await orderWork.insert(
      manager,
      paymentIds.map((paymentId) => ({ paymentId, silent: true, previousOrder: null })),
    );
  },
  pending: `
    SELECT ${orderWork.pendingSql} + (SELECT count(*) FROM orders WHERE due_at <= now()) AS pending,
      ${orderWork.scheduledSql} + (SELECT count(*) FROM orders WHERE due_at > now()) AS scheduled, 0 AS dead`,
};
