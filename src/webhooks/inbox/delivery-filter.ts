import type { SelectQueryBuilder } from 'typeorm';
import { hasWorkSql, PENDING_IDS_SQL } from './delivery-work-sql.js';
import type { Delivery } from './delivery.entity.js';

/** Selects deliveries. Every condition that is given must hold. */
export interface DeliveryFilter {
  status?: string;
  gateway?: string;
  account?: string;
  type?: string;
  /** Received at this time or later (ISO 8601). */
  from?: string;
  /** Received before this time (ISO 8601). */
  to?: string;
}

const CONDITIONS: Readonly<Record<keyof DeliveryFilter, string>> = {
  status: `delivery.status = :status AND NOT ${hasWorkSql('delivery.id')}`,
  gateway: 'delivery.gateway = :gateway',
  account: 'delivery.account = :account',
  type: 'delivery.eventType = :type',
  from: 'delivery.receivedAt >= :from',
  to: 'delivery.receivedAt < :to',
};

/** Without work, only a row of version 0.1 is pending. */
const IS_PENDING = `delivery.id IN (${PENDING_IDS_SQL})`;

/** Whether the filter has no condition, and so selects every delivery. */
export const isEmptyFilter = (filter: DeliveryFilter): boolean =>
  givenFilters(filter).every((name) => filter[name] === undefined);

/** Adds the filter's conditions to a query whose alias is `delivery`. */
export function applyFilter(
  query: SelectQueryBuilder<Delivery>,
  filter: DeliveryFilter,
): SelectQueryBuilder<Delivery> {
  for (const name of givenFilters(CONDITIONS)) {
    const wanted = filter[name];
    if (wanted === undefined) continue;
    if (name === 'status' && wanted === 'pending') {
      query.andWhere(IS_PENDING);
      continue;
    }
    const value = name === 'from' || name === 'to' ? new Date(wanted) : wanted;
    query.andWhere(CONDITIONS[name], { [name]: value });
  }
  return query;
}

const givenFilters = (filter: object): (keyof DeliveryFilter)[] =>
  (Object.keys(CONDITIONS) as (keyof DeliveryFilter)[]).filter((name) => name in filter);
