import type { EntityManager } from 'typeorm';
import { applyFilter, type DeliveryFilter } from './delivery-filter.js';
import { UNAVAILABLE } from '../gateways/needed-to-ask.js';
import { HINT_COLUMNS_SQL, hasWorkSql } from './delivery-work-sql.js';
import { Delivery, type DeliveryProvenance } from './delivery.entity.js';
import { NO_LANE } from './lane.js';

/** A delivery as it is stored, by column name: everything that is needed to interpret its bytes again. */
export interface StoredDelivery {
  id: string;
  gateway: string;
  account: string;
  key: string;
  event_id: string | null;
  provenance: DeliveryProvenance;
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

/**
 * The ids of parked deliveries of an account that could not be asked when they were parked: up to `limit` of them after
 * the id `after` and before `until`, by id.
 */
export async function findUnavailableHints(
  manager: EntityManager,
  { gateway, account }: { gateway: string; account: string },
  { after, until, limit }: { after: string; until: string; limit: number },
): Promise<string[]> {
  const values = [gateway, account, after, until, `${UNAVAILABLE}%`, limit];
  const rows = await manager.query<{ id: string }[]>(FIND_UNAVAILABLE, values);
  return rows.map(({ id }) => id);
}

const FIND_UNAVAILABLE = `SELECT id FROM deliveries
  WHERE status = 'parked' AND id > $3 AND id < $4 AND gateway = $1 AND account = $2 AND last_error LIKE $5
    AND raw IS NOT NULL AND NOT ${hasWorkSql('deliveries.id')}
  ORDER BY id LIMIT $6`;

/** How many of these deliveries have work left. */
export async function countWaiting(manager: EntityManager, ids: readonly string[]): Promise<number> {
  if (ids.length === 0) return 0;
  const [row] = await manager.query<{ waiting: number }[]>(COUNT_WAITING, [ids]);
  return row?.waiting ?? 0;
}

const COUNT_WAITING = `SELECT count(*)::integer AS waiting FROM delivery_work WHERE delivery_id = ANY($1::uuid[])`;

/** Only work that was done already is a replay. The first success of a parked or dead delivery is none. */
const REPLAY = `(deliveries.replay OR status IN ('processed', 'ignored'))`;
/** `$2` says whether a replay may alert. The first success of a parked or dead delivery alerts as any first success. */
const SILENT = `(CASE WHEN status IN ('processed', 'ignored') THEN NOT $2 ELSE deliveries.silent END)`;

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
 * Gives these deliveries a work row that is due at once, or makes the one they have due at once; returns how many. Left
 * alone are deliveries without their bytes, deliveries that are being worked on, and rows that another transaction has
 * locked: those are being received again or processed, which is all that a replay would do.
 */
export const replayDeliveries = (
  manager: EntityManager,
  ids: readonly string[],
  alerts: boolean,
): Promise<number> =>
  manager.transaction(async (own) => {
    const rows = await own.query<{ id: string }[]>(LOCK_REPLAYABLE, [ids]);
    const held = rows.map(({ id }) => id);
    const [, sooner] = await own.query<[unknown, number]>(MAKE_WORK_DUE, [held]);
    const added = await own.query<unknown[]>(ADD_WORK, [held, alerts]);
    const [, adoptable] = await own.query<[unknown, number]>(MAKE_ADOPTABLE, [held]);
    return sooner + added.length + adoptable;
  });

const LOCK_REPLAYABLE = `SELECT id FROM deliveries WHERE id = ANY($1) AND raw IS NOT NULL FOR UPDATE SKIP LOCKED`;

const MAKE_WORK_DUE = `UPDATE delivery_work SET due_at = now(), last_error = NULL
  WHERE delivery_id IN (
    SELECT delivery_id FROM delivery_work
    WHERE delivery_id = ANY($1) AND (leased_until IS NULL OR leased_until < now()) FOR UPDATE SKIP LOCKED)`;

const ADD_WORK = `INSERT INTO delivery_work
    (delivery_id, due_at, attempts, replay, silent, lane, gateway, account, hint_order)
  SELECT id, now(), CASE WHEN status = 'dead' THEN 0 ELSE attempts END, ${REPLAY}, ${SILENT}, ${NO_LANE},
    ${HINT_COLUMNS_SQL}
  FROM deliveries WHERE id = ANY($1) AND status <> 'pending' AND NOT ${hasWorkSql('deliveries.id')}
  RETURNING delivery_id`;

/** Deliveries that version 0.1 left pending: `adoptPending` gives them their work rows. */
const MAKE_ADOPTABLE = `UPDATE deliveries SET next_attempt_at = now(), last_error = NULL
  WHERE id = ANY($1) AND status = 'pending' AND (leased_until IS NULL OR leased_until < now())`;

/** These deliveries as {@link replayDeliveries} would hand them to the worker, by id; without those that lost their bytes. */
export const readForReplay = (
  manager: EntityManager,
  ids: readonly string[],
  alerts: boolean,
): Promise<StoredDelivery[]> => manager.query<StoredDelivery[]>(READ_FOR_REPLAY, [ids, alerts]);

const READ_FOR_REPLAY = `SELECT ${STORED_DELIVERY_COLUMNS}, coalesce(waiting.replay, ${REPLAY}) AS replay,
    coalesce(waiting.silent, ${SILENT}) AS silent
  FROM deliveries LEFT JOIN LATERAL (
    SELECT work.replay, work.silent FROM delivery_work work WHERE work.delivery_id = id) AS waiting ON true
  WHERE id = ANY($1) AND raw IS NOT NULL ORDER BY id`;

/**
 * Deliveries whose reports count: processed ones, and parked ones of whose events some were processed. A hint makes no
 * report: the gateway's answer to it is a delivery of its own.
 */
const IS_REPORTED = `(status = 'processed' OR (status = 'parked' AND partial)) AND raw IS NOT NULL
  AND verdict <> 'hint' AND NOT ${hasWorkSql('deliveries.id')}`;
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
