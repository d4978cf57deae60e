import { Brackets, type EntityManager, type SelectQueryBuilder } from 'typeorm';
import { customerCondition } from './customer-search.store.js';
import { Payment } from './payment.entity.js';
import { addTimeWindow, ID_UNINDEXED, readWindow } from './payment-time.store.js';

/* The statements on `payments` of the read API. */

/** Filters of a list of payments. All that are given must hold. Times are ISO 8601. */
export interface PaymentFilter {
  gateway?: string | undefined;
  account?: string | undefined;
  merchant?: string | undefined;
  status?: string | undefined;
  gatewayPaymentId?: string | undefined;
  /** The merchant's order or the gateway's. */
  orderId?: string | undefined;
  /** See {@link customerCondition}. */
  customer?: string | undefined;
  /** `createdAt` is this or later. */
  from?: string | undefined;
  /** `createdAt` is before this. */
  to?: string | undefined;
  /** The id of the last payment of the page before. */
  cursor?: string | undefined;
}

const EXACT_FILTERS = ['gateway', 'account', 'merchant', 'status', 'gatewayPaymentId'] as const;

/** At most `limit` payments, newest id first. */
export async function findPaymentPage(
  manager: EntityManager,
  filter: PaymentFilter,
  limit: number,
): Promise<Payment[]> {
  const customer = filter.customer === undefined ? null : await customerCondition(manager, filter.customer);
  const window = { from: toDate(filter.from), to: toDate(filter.to) };
  const query = (): SelectQueryBuilder<Payment> => {
    const page = manager.getRepository(Payment).createQueryBuilder('payment').orderBy('payment.id', 'DESC');
    addFilters(page, filter);
    // The planner uses no statistics of the index on e-mail addresses: it expects 0.5 % of all payments for every address.
    if (customer)
      page.andWhere(`payment.id IN (${customer.sql})`, customer.parameters).orderBy(ID_UNINDEXED, 'DESC');
    addTimeWindow(page, window);
    return page;
  };
  return readWindow(query, window, limit);
}

const toDate = (time: string | undefined): Date | undefined =>
  time === undefined ? undefined : new Date(time);

function addFilters(page: SelectQueryBuilder<Payment>, filter: PaymentFilter): void {
  for (const name of EXACT_FILTERS) {
    if (filter[name] !== undefined) page.andWhere(`payment.${name} = :${name}`, { [name]: filter[name] });
  }
  if (filter.orderId !== undefined) {
    const order = { order: filter.orderId };
    page.andWhere(
      new Brackets((either) =>
        either.where('payment.orderId = :order', order).orWhere('payment.gatewayOrderId = :order', order),
      ),
    );
  }
  if (filter.cursor !== undefined) page.andWhere('payment.id < :cursor', { cursor: filter.cursor });
}

/** Null when there is no payment with this id. */
export function findPaymentById(manager: EntityManager, id: string): Promise<Payment | null> {
  return manager.findOneBy(Payment, { id });
}
