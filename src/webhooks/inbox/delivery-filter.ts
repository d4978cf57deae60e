import type { SelectQueryBuilder } from 'typeorm';
import { lowestIdAt } from '../../platform/database/new-id.js';
import { hasWorkSql, PENDING_IDS_SQL } from './delivery-work-sql.js';
import { ID_WITHIN_SECONDS, RECEIVED_APART_SQL, type Delivery } from './delivery.entity.js';

/** Selects deliveries. Every condition that is given must hold. */
export interface DeliveryFilter {
  status?: string;
  gateway?: string;
  account?: string;
  type?: string;
  provenance?: string;
  /** Received at this time or later (ISO 8601). */
  from?: string;
  /** Received before this time (ISO 8601). */
  to?: string;
}

/** The lowest or highest id of a delivery that is outside of the range of ids, although its receipt may be in range. */
function firstApart(order: 'ASC' | 'DESC'): string {
  const received = order === 'ASC' ? 'received_at >= :from' : 'received_at < :to';
  return `SELECT id FROM deliveries WHERE ${RECEIVED_APART_SQL} AND ${received} ORDER BY id ${order} LIMIT 1`;
}

const CONDITIONS: Readonly<Record<keyof DeliveryFilter, string>> = {
  status: `delivery.status = :status AND NOT ${hasWorkSql('delivery.id')}`,
  gateway: 'delivery.gateway = :gateway',
  account: 'delivery.account = :account',
  type: 'delivery.eventType = :type',
  provenance: 'delivery.provenance = :provenance',
  from: `delivery.receivedAt >= :from AND delivery.id >= least(:fromId::uuid, (${firstApart('ASC')}))`,
  to: `delivery.receivedAt < :to AND delivery.id <= greatest(:toId::uuid, (${firstApart('DESC')}))`,
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
    query.andWhere(CONDITIONS[name], parametersOf(name, wanted));
  }
  return query;
}

/** A range of ids stands beside the range of receipts: the primary key finds a day of deliveries. */
function parametersOf(name: keyof DeliveryFilter, wanted: string): Record<string, unknown> {
  if (name !== 'from' && name !== 'to') return { [name]: wanted };
  const time = new Date(wanted);
  const apartMs = (ID_WITHIN_SECONDS + 1) * 1_000;
  if (name === 'from') return { from: time, fromId: lowestIdAt(new Date(time.getTime() - apartMs)) };
  return { to: time, toId: lowestIdAt(new Date(time.getTime() + apartMs)) };
}

const givenFilters = (filter: object): (keyof DeliveryFilter)[] =>
  (Object.keys(CONDITIONS) as (keyof DeliveryFilter)[]).filter((name) => name in filter);
