import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { toArrayLiteral } from '../../platform/database/columns.js';
import { type FoundPayments, findPaymentsOf } from './customer-search.js';
import { type PaymentTraces, findTraces } from './customer-traces.js';
import { lockPayments } from '../recording/payments.service.js';
import type { DataSubject } from './data-subject.js';
import type { PaymentKey } from '../recording/stored-projection.js';

/** A gateway's own order, as its hints name it. */
export interface GatewayOrder {
  gateway: string;
  account: string;
  gatewayOrderId: string;
}

/** What an erasure took, and where else the same person may be: deliveries, and hints of these orders. */
export interface ErasedPayments {
  payments: number;
  reports: number;
  deliveryIds: string[];
  orders: GatewayOrder[];
}

const CLEARED_CUSTOMER = `customer_id = NULL, customer_email = NULL, customer_phone = NULL, customer_name = NULL,
  customer_locale = NULL, failure = failure || '{"message": null}'`;

/**
 * Who paid, in payments and in their reports: found, expired and erased. What it takes is gone from the reports too,
 * and so from every later fold of them. Amounts, ids and codes stay.
 */
@Injectable()
export class CustomerData {
  constructor(private readonly db: DataSource) {}

  /** The payments that any report says are this person's, and those that it may mean as well. */
  findPayments(person: DataSubject): Promise<FoundPayments> {
    return findPaymentsOf(this.db.manager, person);
  }

  /** What messages call these payments, and who their reports say paid. To be asked before they are erased. */
  findTraces(paymentIds: readonly string[], person: DataSubject): Promise<PaymentTraces> {
    return findTraces(this.db.manager, paymentIds, person);
  }

  /** Ids of the payments of these orders, but for those that are erased already. */
  async findPaymentsOfOrders(orders: readonly GatewayOrder[]): Promise<string[]> {
    const rows = await this.db.query<{ id: string }[]>(
      `SELECT id FROM payments WHERE erased_at IS NULL AND (gateway, account, gateway_order_id) IN (
         SELECT * FROM unnest($1::text[], $2::text[], $3::text[])) ORDER BY id`,
      [
        orders.map(({ gateway }) => gateway),
        orders.map(({ account }) => account),
        orders.map(({ gatewayOrderId }) => gatewayOrderId),
      ],
    );
    return rows.map(({ id }) => id);
  }

  /** Ids of the deliveries that the reports of these payments came with. */
  async findDeliveriesOf(manager: EntityManager, paymentIds: readonly string[]): Promise<string[]> {
    const rows = await manager.query<{ id: string }[]>(
      `SELECT DISTINCT delivery_id AS id FROM payment_reports WHERE payment_id = ANY($1)`,
      [paymentIds],
    );
    return rows.map(({ id }) => id);
  }

  /** Takes the person out of these payments for good, in the caller's transaction, under the payments' locks. */
  async erase(manager: EntityManager, paymentIds: readonly string[]): Promise<ErasedPayments> {
    await lockPayments(manager, await findKeys(manager, paymentIds));
    const [erased] = await manager.query<[(GatewayOrder & { gatewayOrderId: string | null })[], number]>(
      `UPDATE payments SET ${CLEARED_CUSTOMER}, erased_at = coalesce(erased_at, now()) WHERE id = ANY($1)
       RETURNING gateway, account, gateway_order_id AS "gatewayOrderId"`,
      [paymentIds],
    );
    const reports = await clearReports(manager, paymentIds);
    return {
      payments: erased.length,
      reports,
      deliveryIds: await this.findDeliveriesOf(manager, paymentIds),
      orders: erased.filter(({ gatewayOrderId }) => gatewayOrderId !== null),
    };
  }

  /**
   * Expires up to `most` payments that nothing was reported of since `before`, in the caller's transaction. Answers
   * how many there were. A report that comes later brings what it tells, with its own time to expire.
   */
  async expire(manager: EntityManager, before: Date, most: number): Promise<number> {
    const due = await manager.query<{ id: string }[]>(
      `SELECT id FROM payments WHERE expired_at IS NULL AND erased_at IS NULL
         AND created_at < $1 AND updated_at < $1 ORDER BY created_at LIMIT $2`,
      [before, most],
    );
    if (due.length === 0) return 0;
    const ids = due.map(({ id }) => id);
    await lockPayments(manager, await findKeys(manager, ids));
    const [expired] = await manager.query<[{ id: string }[], number]>(
      // Asked again under the lock: a report may have come in between.
      `UPDATE payments SET ${CLEARED_CUSTOMER}, expired_at = now(), expired_until = now()
       WHERE id = ANY($1) AND updated_at < $2 RETURNING id`,
      [ids, before],
    );
    await clearReports(
      manager,
      expired.map(({ id }) => id),
    );
    return expired.length;
  }
}

const ERASED_AMONG = `SELECT gateway, account, gateway_payment_id AS "gatewayPaymentId" FROM payments
   WHERE erased_at IS NOT NULL AND (gateway, account, gateway_payment_id) IN (
     SELECT * FROM unnest($1::text[], $2::text[], $3::text[]))`;

/** Those of these whose payment's customer was erased. One look for a whole batch, in an index that is next to empty. */
export async function findErasedKeys<Key extends PaymentKey>(
  manager: EntityManager,
  keys: readonly Key[],
): Promise<readonly Key[]> {
  if (keys.length === 0) return [];
  const rows = await manager.query<PaymentKey[]>(ERASED_AMONG, [
    toArrayLiteral(keys.map((key) => key.gateway)),
    toArrayLiteral(keys.map((key) => key.account)),
    toArrayLiteral(keys.map((key) => key.gatewayPaymentId)),
  ]);
  return keys.filter((key) =>
    rows.some(
      (row) =>
        row.gateway === key.gateway &&
        row.account === key.account &&
        row.gatewayPaymentId === key.gatewayPaymentId,
    ),
  );
}

/** Whether any payment's customer was ever erased. */
export async function hasErasedPayments(manager: EntityManager): Promise<boolean> {
  const [row] = await manager.query<{ any: boolean }[]>(
    `SELECT EXISTS (SELECT FROM payments WHERE erased_at IS NOT NULL) AS any`,
  );
  return row?.any ?? false;
}

/** One look in an index for each name: by the gateway's id of a payment, by its own order and by the merchant's. */
const ERASED_NAMED = `SELECT DISTINCT given.at
  FROM unnest($1::integer[], $2::text[], $3::text[], $4::text[]) AS given (at, gateway, account, name)
  CROSS JOIN LATERAL (
    (SELECT FROM payments WHERE gateway = given.gateway AND account = given.account
       AND gateway_payment_id = given.name AND erased_at IS NOT NULL LIMIT 1)
    UNION ALL
    (SELECT FROM payments WHERE order_id = given.name AND gateway = given.gateway AND account = given.account
       AND erased_at IS NOT NULL LIMIT 1)
    UNION ALL
    (SELECT FROM payments WHERE gateway_order_id = given.name AND gateway = given.gateway
       AND account = given.account AND erased_at IS NOT NULL LIMIT 1)) AS erased`;

/** Positions of those whose names hold that of a payment, or of an order with a payment, whose customer was erased. */
export async function findErasedMentions(
  manager: EntityManager,
  given: readonly { gateway: string; account: string; names: readonly string[] }[],
): Promise<ReadonlySet<number>> {
  const rows = given.flatMap(({ gateway, account, names }, at) =>
    names.map((name) => ({ at, gateway, account, name: toStorableText(name) })),
  );
  if (rows.length === 0) return new Set();
  const found = await manager.query<{ at: number }[]>(ERASED_NAMED, [
    toArrayLiteral(rows.map(({ at }) => at)),
    toArrayLiteral(rows.map(({ gateway }) => gateway)),
    toArrayLiteral(rows.map(({ account }) => account)),
    toArrayLiteral(rows.map(({ name }) => name)),
  ]);
  return new Set(found.map(({ at }) => at));
}

/** PostgreSQL has no text with a NUL or half a character in it. */
const toStorableText = (name: string): string => name.replaceAll('\0', '').toWellFormed();

const findKeys = (manager: EntityManager, ids: readonly string[]): Promise<PaymentKey[]> =>
  manager.query<PaymentKey[]>(
    `SELECT gateway, account, gateway_payment_id AS "gatewayPaymentId" FROM payments WHERE id = ANY($1)`,
    [ids],
  );

async function clearReports(manager: EntityManager, paymentIds: readonly string[]): Promise<number> {
  const [, stripped] = await manager.query<[unknown, number]>(
    `UPDATE payment_reports SET told = CASE jsonb_typeof(told -> 'failure')
         WHEN 'object' THEN jsonb_set(told || '{"customer": null}', '{failure,message}', 'null')
         ELSE told || '{"customer": null}' END
     WHERE payment_id = ANY($1)
       AND (jsonb_typeof(told -> 'customer') = 'object' OR told #>> '{failure,message}' IS NOT NULL)`,
    [paymentIds],
  );
  return stripped;
}
