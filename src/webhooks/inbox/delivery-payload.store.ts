import type { EntityManager } from 'typeorm';

/**
 * The SET clause that erases a payload with its headers and validation issues. Keys, ids and receipts stay, so that a
 * duplicate stays a duplicate.
 */
export const ERASED_COLUMNS = `raw = NULL, payload_key = NULL, headers = '[]', errors = NULL, more_errors = 0`;

/**
 * Erases the payloads of these deliveries except pending ones, and returns their number. A parked or dead delivery becomes
 * ignored, because nothing is left to process; it stays a duplicate when it is sent again.
 */
export async function erasePayloads(manager: EntityManager, ids: readonly string[]): Promise<number> {
  if (ids.length === 0) return 0;
  const [, erased] = await manager.query<[unknown, number]>(
    // In the order in which the inbox locks what came again: neither ever waits for the other in a circle.
    `WITH held AS (
       SELECT id FROM deliveries WHERE id = ANY($1) AND raw IS NOT NULL AND status <> 'pending'
       ORDER BY gateway, account, key FOR UPDATE)
     UPDATE deliveries delivery SET ${ERASED_COLUMNS},
       last_error = CASE WHEN status IN ('parked', 'dead') THEN 'erased' ELSE last_error END,
       status = CASE WHEN status IN ('parked', 'dead') THEN 'ignored' ELSE status END
     FROM held WHERE delivery.id = held.id`,
    [ids],
  );
  return erased;
}

/**
 * Erases the payloads of messages that arrived for payments whose customer was erased before, except pending ones, and
 * returns their number. The status stays: a parked or dead delivery is revived when it is sent again, because its payment
 * may need it.
 */
export async function dropPayloads(manager: EntityManager, ids: readonly string[]): Promise<number> {
  if (ids.length === 0) return 0;
  const [, dropped] = await manager.query<[unknown, number]>(
    `WITH held AS (
       SELECT id FROM deliveries WHERE id = ANY($1) AND raw IS NOT NULL AND status <> 'pending'
       ORDER BY gateway, account, key FOR UPDATE)
     UPDATE deliveries delivery SET ${ERASED_COLUMNS}, last_error = coalesce(last_error, 'erased')
     FROM held WHERE delivery.id = held.id`,
    [ids],
  );
  return dropped;
}
