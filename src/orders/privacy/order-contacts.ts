import type { EntityManager } from 'typeorm';
import { type CustomerContact, orderOfPayment, type PaymentOfOrder } from '../../feature.js';
import type { Order } from '../order.entity.js';
import { findOrders, orderNameOf } from '../order.store.js';

/** The customers of the registered orders of these payments, by the id of the payment. */
export async function findOrderContacts(
  manager: EntityManager,
  payments: readonly PaymentOfOrder[],
): Promise<ReadonlyMap<string, CustomerContact>> {
  const orders = await findOrders(manager, payments.map(orderOfPayment));
  const contacts = new Map<string, CustomerContact>();
  for (const payment of payments) {
    const order = orders.get(orderNameOf(orderOfPayment(payment)));
    if (order?.customerEmail || order?.customerPhone) contacts.set(payment.paymentId, toContact(order));
  }
  return contacts;
}

/** The id of the customer for whom the order of these payments is registered, by the id of the payment. */
export async function findOrderCustomerIds(
  manager: EntityManager,
  payments: readonly PaymentOfOrder[],
): Promise<ReadonlyMap<string, string>> {
  const orders = await findOrders(manager, payments.map(orderOfPayment));
  const customers = new Map<string, string>();
  for (const { paymentId, ...payment } of payments) {
    const id = orders.get(orderNameOf(orderOfPayment(payment)))?.customerId;
    if (id) customers.set(paymentId, id);
  }
  return customers;
}

const toContact = (order: Order): CustomerContact => ({
  email: order.customerEmail,
  phone: order.customerPhone,
  name: order.customerName,
  locale: order.customerLocale,
});
