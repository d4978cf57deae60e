import type { Order } from '../order.entity.js';
import type { Registration } from './order-body.js';

/** The columns of a registration that name a person. */
type PersonalColumns = Pick<
  Order,
  | 'customerId'
  | 'customerEmail'
  | 'customerPhone'
  | 'customerName'
  | 'customerLocale'
  | 'metadata'
  | 'personal'
  | 'clearedAt'
>;

const NOBODY: PersonalColumns = {
  customerId: null,
  customerEmail: null,
  customerPhone: null,
  customerName: null,
  customerLocale: null,
  metadata: null,
  personal: false,
  clearedAt: null,
};

/** An order as it is registered, without its status. The person of an erased order does not come back. */
export function registerOrder(order: Order, registration: Registration, now: Date): Order {
  const { amount, currency, gateway, account, expiresAt } = registration;
  return {
    ...order,
    ...{ registered: true, amount, currency, gateway, account, expiresAt },
    ...personalColumns(order, registration),
    updatedAt: now,
  };
}

/** Whether a registration changes nothing. Of an order whose person was erased or has expired, only the terms are compared. */
export function isSameRegistration(order: Order, registration: Registration): boolean {
  const after = registerOrder(order, registration, order.updatedAt);
  if (termsText(order) !== termsText(after)) return false;
  return order.clearedAt !== null || order.erasedAt !== null || personText(order) === personText(after);
}

const termsText = (order: Order): string =>
  JSON.stringify([order.amount, order.currency, order.gateway, order.account, order.expiresAt]);

const personText = (order: Order): string =>
  JSON.stringify([
    ...[order.customerId, order.customerEmail, order.customerPhone, order.customerName, order.customerLocale],
    Object.entries(order.metadata ?? {}).toSorted(([one], [other]) => (one < other ? -1 : 1)),
  ]);

function personalColumns(order: Order, { customer, metadata }: Registration): PersonalColumns {
  if (order.erasedAt !== null) return NOBODY;
  const isNamed = Object.values(customer).some((value) => value !== null);
  const isDescribed = Object.keys(metadata).length > 0;
  return {
    customerId: customer.id,
    customerEmail: customer.email,
    customerPhone: customer.phone,
    customerName: customer.name,
    customerLocale: customer.locale,
    metadata: isDescribed ? metadata : null,
    personal: isNamed || isDescribed,
    clearedAt: null,
  };
}
