import type { EntityManager } from 'typeorm';
import { applyFilter, type DeliveryFilter } from './delivery-filter.js';
import { Delivery } from './delivery.entity.js';

/** A delivery as it is stored, by column name: everything that is needed to interpret its bytes again. */
export interface StoredDelivery {
  id: string;
  gateway: string;
  account: string;
  key: string;
  event_id: string | null;
  provenance: 'received' | 'fetched';
  headers: [string, string][];
  raw: Buffer;
  payload_key: string | null;
  received_at: Date;
  replay: boolean;
  silent: boolean;
}

/** The columns of {@link StoredDelivery} except `replay` and `silent`, which depend on why it is read. */
export const STORED_DELIVERY_COLUMNS =
  'id, gateway, account, key, event_id, provenance, headers, raw, payload_key, received_at';

/** Only work that was done already is a replay. The first success of a parked or dead delivery is none. */
const REPLAY = `(replay OR status IN ('processed', 'ignored'))`;
/** `$2` says whether a replay may alert. The first success of a parked or dead delivery alerts as any first success. */
const SILENT = `(CASE WHEN status IN ('processed', 'ignored') THEN NOT $2 ELSE silent END)`;

/**
 * The ids of deliveries that match the filter, still have their bytes and were received no later than `until`: up to
 * `limit` of them after the id `after`, by id. Ids are in the order of receipt.
 */
export async function findReplayableIds(
  manager: EntityManager,
  filter: DeliveryFilter,
  { until, after, limit }: { until: Date; after: string | undefined; limit: number },
): Promise<string[]> {
  const query = manager.getRepository(Delivery).createQueryBuilder('delivery').select('delivery.id');
  applyFilter(query, filter)
    .andWhere('delivery.raw IS NOT NULL')
    .andWhere('delivery.receivedAt <= :until', { until });
  if (after !== undefined) query.andWhere('delivery.id > :after', { after });
  const rows = await query.orderBy('delivery.id').limit(limit).getMany();
  return rows.map(({ id }) => id);
}

/**
 * Makes these deliveries pending and due at once, and returns how many. Left alone are deliveries without their bytes,
 * claimed ones, and rows that another transaction has locked: those are being received again or processed, which is
 * all that a replay would do.
 */
export async function replayDeliveries(
  manager: EntityManager,
  ids: readonly string[],
  alerts: boolean,
): Promise<number> {
  const [, replayed] = await manager.query<[unknown, number]>(REPLAY_DELIVERIES, [ids, alerts]);
  return replayed;
}

const REPLAY_DELIVERIES = `UPDATE deliveries SET replay = ${REPLAY}, silent = ${SILENT},
    attempts = CASE WHEN status = 'dead' THEN 0 ELSE attempts END,
    status = 'pending', next_attempt_at = now(), last_error = NULL
  WHERE id IN (
    SELECT id FROM deliveries
    WHERE id = ANY($1) AND raw IS NOT NULL AND (leased_until IS NULL OR leased_until < now())
    FOR UPDATE SKIP LOCKED)`;

/** These deliveries as {@link replayDeliveries} would hand them to the worker, by id; without those that lost their bytes. */
export const readForReplay = (
  manager: EntityManager,
  ids: readonly string[],
  alerts: boolean,
): Promise<StoredDelivery[]> => manager.query<StoredDelivery[]>(READ_FOR_REPLAY, [ids, alerts]);

const READ_FOR_REPLAY = `SELECT ${STORED_DELIVERY_COLUMNS}, ${REPLAY} AS replay, ${SILENT} AS silent FROM deliveries
  WHERE id = ANY($1) AND raw IS NOT NULL ORDER BY id`;

/**
 * Deliveries whose reports count: processed ones, and parked ones of whose events some were processed. A hint makes no
 * report: the gateway's answer to it is a delivery of its own.
 */
const IS_REPORTED = `(status = 'processed' OR (status = 'parked' AND partial)) AND raw IS NOT NULL
  AND verdict <> 'hint'`;
const READ_REPORTED = `SELECT ${STORED_DELIVERY_COLUMNS}, false AS replay, true AS silent FROM deliveries`;

/** Those of these deliveries whose reports count and that still have their bytes, in no order. */
export const readReported = (manager: EntityManager, ids: readonly string[]): Promise<StoredDelivery[]> =>
  manager.query<StoredDelivery[]>(`${READ_REPORTED} WHERE id = ANY($1) AND ${IS_REPORTED}`, [ids]);

/** As {@link readReported}: up to `limit` of all deliveries after the id `after` (null: from the first one), by id. */
export const readReportedPage = (
  manager: EntityManager,
  after: string | null,
  limit: number,
): Promise<StoredDelivery[]> =>
  manager.query<StoredDelivery[]>(
    `${READ_REPORTED} WHERE ($1::uuid IS NULL OR id > $1) AND ${IS_REPORTED} ORDER BY id LIMIT $2`,
    [after, limit],
  );
