import type { SelectQueryBuilder } from 'typeorm';
import type { Delivery } from './delivery.entity.js';

/** Which deliveries are meant; all that is given must hold. */
export interface DeliveryFilter {
  status?: string;
  gateway?: string;
  account?: string;
  type?: string;
  /** Received from here on, and before: ISO 8601. */
  from?: string;
  to?: string;
}

const CONDITIONS: Readonly<Record<keyof DeliveryFilter, string>> = {
  status: 'delivery.status = :status',
  gateway: 'delivery.gateway = :gateway',
  account: 'delivery.account = :account',
  type: 'delivery.eventType = :type',
  from: 'delivery.receivedAt >= :from',
  to: 'delivery.receivedAt < :to',
};

/** A filter that holds for every delivery there is. */
export const isEmptyFilter = (filter: DeliveryFilter): boolean =>
  givenFilters(filter).every((name) => filter[name] === undefined);

/** Narrows a query of `delivery` to what the filter means. */
export function applyFilter(
  query: SelectQueryBuilder<Delivery>,
  filter: DeliveryFilter,
): SelectQueryBuilder<Delivery> {
  for (const name of givenFilters(CONDITIONS)) {
    const wanted = filter[name];
    if (wanted === undefined) continue;
    const value = name === 'from' || name === 'to' ? new Date(wanted) : wanted;
    query.andWhere(CONDITIONS[name], { [name]: value });
  }
  return query;
}

const givenFilters = (filter: object): (keyof DeliveryFilter)[] =>
  (Object.keys(CONDITIONS) as (keyof DeliveryFilter)[]).filter((name) => name in filter);
