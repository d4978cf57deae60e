import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import {
  eraseCustomers,
  expireCustomers,
  findExpirable,
  findPaymentsOfOrders,
  type GatewayOrder,
} from '../recording/customer-data.store.js';
import { findInScope } from '../recording/customer-search.store.js';
import { clearReports, findDeliveriesOf } from '../recording/payment-report.store.js';
import { findKeys, lockPayments } from '../recording/payment.store.js';
import { type FoundPayments, findPaymentsOf } from './customer-search.js';
import { type PaymentTraces, findTraces } from './customer-traces.js';
import type { DataSubject } from './data-subject.js';

/** The result of an erasure: how much was cleared, and where else the person may be mentioned. */
export interface ErasedPayments {
  payments: number;
  reports: number;
  /** Deliveries that contained the reports. */
  deliveryIds: string[];
  /** Orders of the payments. Other deliveries, which only name the order, may mention the person. */
  orders: GatewayOrder[];
}

/**
 * Finds, expires and erases the customer of payments. Data is cleared in the payments and in their reports, so a later
 * fold of the reports does not bring it back. Amounts, ids and codes stay.
 */
@Injectable()
export class CustomerData {
  constructor(private readonly db: DataSource) {}

  /** The payments whose reports name this person, and the payments that the identifier may mean too. */
  findPayments(person: DataSubject): Promise<FoundPayments> {
    return findPaymentsOf(this.db.manager, person);
  }

  /** Those of these payments that are at the person's gateway and account, where it is limited to them. */
  findInScope(person: DataSubject, paymentIds: readonly string[]): Promise<string[]> {
    return findInScope(this.db.manager, person, paymentIds);
  }

  /** The names of these payments and the identifiers of their customers. Must be called before an erasure. */
  findTraces(paymentIds: readonly string[], person: DataSubject): Promise<PaymentTraces> {
    return findTraces(this.db.manager, paymentIds, person);
  }

  /** The ids of the payments of these orders that are not erased yet. */
  findPaymentsOfOrders(orders: readonly GatewayOrder[]): Promise<string[]> {
    return findPaymentsOfOrders(this.db.manager, orders);
  }

  /** The ids of the deliveries that contained the reports of these payments. */
  findDeliveriesOf(manager: EntityManager, paymentIds: readonly string[]): Promise<string[]> {
    return findDeliveriesOf(manager, paymentIds);
  }

  /** Clears the customer of these payments for good. Runs in the caller's transaction and locks the payments. */
  async erase(manager: EntityManager, paymentIds: readonly string[]): Promise<ErasedPayments> {
    await lockPayments(manager, await findKeys(manager, paymentIds));
    const erased = await eraseCustomers(manager, paymentIds);
    return {
      payments: erased.length,
      reports: await clearReports(manager, paymentIds),
      deliveryIds: await findDeliveriesOf(manager, paymentIds),
      orders: erased.filter((order): order is GatewayOrder => order.gatewayOrderId !== null),
    };
  }

  /**
   * Clears the customer of at most `limit` payments without a report since `before`, and returns their number. Runs in
   * the caller's transaction. A later report brings its own data, which expires later.
   */
  async expire(manager: EntityManager, before: Date, limit: number): Promise<number> {
    const ids = await findExpirable(manager, before, limit);
    if (ids.length === 0) return 0;
    await lockPayments(manager, await findKeys(manager, ids));
    const expired = await expireCustomers(manager, ids, before);
    await clearReports(manager, expired);
    return expired.length;
  }
}
