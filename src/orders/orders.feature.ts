import { noteWork, type PayhookFeature } from '../feature.js';
import { Orders1765060000000 } from './migrations/1765060000000-orders.js';
import { OrderWorkIsShared1765170000100 } from './migrations/1765170000100-order-work-is-shared.js';
import { Order } from './order.entity.js';
import { ORDER_EVENTS } from './order.events.js';
import { expireOrders } from './order-person.store.js';
import { OrdersModule } from './orders.module.js';
import { findOrderContacts, findOrderCustomerIds } from './privacy/order-contacts.js';
import { catchUpErasures, erasePerson, findPaymentsOfPerson } from './privacy/order-persons.js';
import { findOrderDebts } from './processing/order-debts.js';
import { expire, followPayments } from './processing/order-jobs.js';

/** Orders: registered by a shop, matched with their payments, watched over. Without this line Payhook knows payments alone. */
export const ordersFeature: PayhookFeature = {
  name: 'orders',
  entities: [Order],
  migrations: [Orders1765060000000, OrderWorkIsShared1765170000100],
  imports: [OrdersModule],
  events: Object.values(ORDER_EVENTS),
  jobs: [expire],
  followPayments,
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
    const items = paymentIds.map((paymentId) => ({ paymentId, silent: true, previousOrder: null }));
    await noteWork(manager, [{ feature: 'orders', items }]);
  },
  pending: `
    SELECT (SELECT count(*) FROM orders WHERE due_at <= now()) AS pending,
      (SELECT count(*) FROM orders WHERE due_at > now()) AS scheduled, 0 AS dead`,
};
