import type { SelectQueryBuilder } from 'typeorm';
import { lowestIdAt } from '../../platform/database/new-id.js';
import type { Payment } from './payment.entity.js';

/*
 * How payments are found by the time when they began, without an index that every payment has an entry in. Ids are
 * ordered by the time when a payment was stored, and most payments are stored within moments. The few that were stored
 * more than an hour later, by a backfill for instance, have an index of their own.
 */

/** A report is refused if it lies further in the future than this. The clocks of processes differ by less. */
const MAX_AHEAD_MS = 10 * 60_000;
const MAX_BEHIND_MS = 60 * 60_000;

/** The condition of `ix_payments_backdated`. The migration `indexes-of-payments` has the same text. */
export const BACKDATED = `payment.created_at < to_timestamp((('x' || translate(left(payment.id::text, 13), '-', ''))::bit(48)::bigint - ${MAX_BEHIND_MS}) / 1000.0)`;

/**
 * The order of ids, as an expression that no index has. With a plain order and a limit the planner reads all payments in
 * the order of their ids, and hopes to find early what it takes for frequent: backdated payments, or those of a customer.
 */
export const ID_UNINDEXED = 'CAST(payment.id AS text) COLLATE "C"';

type PaymentQuery = SelectQueryBuilder<Payment>;

/** A time window. Each end may be open. */
export interface TimeWindow {
  from: Date | undefined;
  to: Date | undefined;
}

/** Limits the query to payments that began in the window. Reads no payment that was stored before it. */
export function addTimeWindow(query: PaymentQuery, { from, to }: TimeWindow): void {
  if (from) {
    query.andWhere('payment.createdAt >= :from', { from });
    query.andWhere('payment.id >= :lowestId', {
      lowestId: lowestIdAt(new Date(from.getTime() - MAX_AHEAD_MS)),
    });
  }
  if (to) query.andWhere('payment.createdAt < :to', { to });
}

/**
 * Reads a page of a window, newest id first. Payments with an id of more than an hour after the end of the window are
 * backdated, so they are read by the index of backdated payments. `query` makes a query with all other conditions.
 */
export async function readWindow(
  query: () => PaymentQuery,
  { to }: TimeWindow,
  limit: number,
): Promise<Payment[]> {
  if (!to) return query().limit(limit).getMany();
  const end = lowestIdAt(new Date(to.getTime() + MAX_BEHIND_MS));
  const late = query().andWhere('payment.id >= :end', { end }).andWhere(BACKDATED);
  const newest = await late.orderBy(ID_UNINDEXED, 'DESC').limit(limit).getMany();
  if (newest.length === limit) return newest;
  const others = query().andWhere('payment.id < :end', { end });
  return [...newest, ...(await others.limit(limit - newest.length).getMany())];
}
