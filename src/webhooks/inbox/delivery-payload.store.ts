import type { EntityManager } from 'typeorm';
import { hasWorkSql, SHOWN_STATUS_SQL } from './delivery-work-sql.js';
import type { DeliveryStatus, DeliveryVerdict } from './delivery.entity.js';
import type { StoredPayload } from './payload-cipher.js';

/** A stored message as it is searched for a person: by column, `raw` encrypted under `payloadKey` or plain. */
export interface PayloadRow extends StoredPayload {
  id: string;
  gateway: string;
  account: string;
  status: DeliveryStatus;
  verdict: DeliveryVerdict;
  hintOrder: string | null;
  headers: [string, string][];
}

const PAYLOAD_COLUMNS = `id, gateway, account, ${SHOWN_STATUS_SQL} AS status, verdict, hint_order AS "hintOrder", headers, raw,
  payload_key AS "payloadKey"`;

/** Up to `limit` messages after the id `after` that still have bytes, by id; `null` means every gateway or account. */
export const readPayloads = (
  manager: EntityManager,
  { gateway, account }: { gateway: string | null; account: string | null },
  after: string,
  limit: number,
): Promise<PayloadRow[]> => manager.query<PayloadRow[]>(READ_PAYLOADS, [after, gateway, account, limit]);

const READ_PAYLOADS = `SELECT ${PAYLOAD_COLUMNS} FROM deliveries
  WHERE id > $1 AND raw IS NOT NULL AND ($2::text IS NULL OR gateway = $2) AND ($3::text IS NULL OR account = $3)
  ORDER BY id LIMIT $4`;

/** As {@link readPayloads}, of messages that made no report: ignored, parked or dead. */
export const readUnreportedPayloads = (
  manager: EntityManager,
  after: string,
  limit: number,
): Promise<PayloadRow[]> => manager.query<PayloadRow[]>(READ_UNREPORTED, [after, limit]);

const READ_UNREPORTED = `SELECT ${PAYLOAD_COLUMNS} FROM deliveries
  WHERE id > $1 AND raw IS NOT NULL AND status IN ('ignored', 'parked', 'dead')
    AND NOT ${hasWorkSql('deliveries.id')}
  ORDER BY id LIMIT $2`;

/** Keys, ids and receipt counts stay, so that a duplicate is still recognised. */
const ERASED_COLUMNS = `raw = NULL, payload_key = NULL, headers = '[]', errors = NULL, more_errors = 0`;

/** Deliveries are locked in the order of their keys, as the inbox locks duplicates: two transactions never deadlock. */
const LOCK = `SELECT id FROM deliveries WHERE id = ANY($1) AND raw IS NOT NULL ORDER BY gateway, account, key FOR UPDATE`;

/** In a statement after the one that locks: no delivery can become pending any more. */
const IS_DONE = `delivery.id = ANY($1) AND delivery.status <> 'pending' AND NOT ${hasWorkSql('delivery.id')}`;

/** Runs an UPDATE of deliveries without work left, under their locks, and returns how many it changed. */
async function updateDone(manager: EntityManager, update: string, ids: readonly string[]): Promise<number> {
  if (ids.length === 0) return 0;
  return manager.transaction(async (own) => {
    const held = await own.query<{ id: string }[]>(LOCK, [ids]);
    if (held.length === 0) return 0;
    const [, updated] = await own.query<[unknown, number]>(update, [held.map(({ id }) => id)]);
    return updated;
  });
}

/**
 * Erases the payloads of these deliveries except pending ones, and returns how many. A parked or dead delivery has
 * nothing left to be processed: it becomes `ignored`, and the same message sent again is a duplicate.
 */
export const erasePayloads = (manager: EntityManager, ids: readonly string[]): Promise<number> =>
  updateDone(manager, ERASE, ids);

const ERASE = `UPDATE deliveries delivery SET ${ERASED_COLUMNS},
    last_error = CASE WHEN status IN ('parked', 'dead') THEN 'erased' ELSE last_error END,
    status = CASE WHEN status IN ('parked', 'dead') THEN 'ignored' ELSE status END
  WHERE ${IS_DONE}`;

/**
 * Drops the payloads of messages that arrived after the customer of their payment was erased, except pending ones, and
 * returns how many. The status stays: a parked or dead delivery is processed when it is sent again, because its payment
 * may lack it.
 */
export const dropPayloads = (manager: EntityManager, ids: readonly string[]): Promise<number> =>
  updateDone(manager, DROP, ids);

const DROP = `UPDATE deliveries delivery SET ${ERASED_COLUMNS}, last_error = coalesce(last_error, 'erased')
  WHERE ${IS_DONE}`;

/**
 * Erases up to `limit` payloads that were received before `before` and whose work is done; returns how many. Parked and
 * dead deliveries keep theirs: an operator may still replay them. Skips rows that another transaction has locked. Call
 * it in a transaction.
 */
export async function expirePayloads(manager: EntityManager, before: Date, limit: number): Promise<number> {
  const held = await manager.query<{ id: string }[]>(LOCK_EXPIRED, [before, limit]);
  const [, expired] = await manager.query<[unknown, number]>(EXPIRE, [held.map(({ id }) => id)]);
  return expired;
}

const LOCK_EXPIRED = `SELECT id FROM deliveries
  WHERE raw IS NOT NULL AND status IN ('processed', 'ignored') AND received_at < $1
    AND NOT ${hasWorkSql('deliveries.id')}
  ORDER BY received_at LIMIT $2 FOR UPDATE SKIP LOCKED`;

const EXPIRE = `UPDATE deliveries delivery SET ${ERASED_COLUMNS} WHERE ${IS_DONE}`;
