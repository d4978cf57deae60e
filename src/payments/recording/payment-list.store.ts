import { Brackets, type EntityManager } from 'typeorm';
import { customerCondition } from './customer-search.store.js';
import { Payment } from './payment.entity.js';

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
  const page = manager
    .getRepository(Payment)
    .createQueryBuilder('payment')
    .orderBy('payment.id', 'DESC')
    .limit(limit);
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
  if (filter.customer !== undefined) {
    const { sql, parameters } = await customerCondition(manager, filter.customer);
    page.andWhere(`payment.id IN (${sql})`, parameters);
  }
  if (filter.from !== undefined) page.andWhere('payment.createdAt >= :from', { from: new Date(filter.from) });
  if (filter.to !== undefined) page.andWhere('payment.createdAt < :to', { to: new Date(filter.to) });
  if (filter.cursor !== undefined) page.andWhere('payment.id < :cursor', { cursor: filter.cursor });
  return page.getMany();
}

/** Null when there is no payment with this id. */
export function findPaymentById(manager: EntityManager, id: string): Promise<Payment | null> {
  return manager.findOneBy(Payment, { id });
}
