import type { EntityManager } from 'typeorm';

/**
 * The bytes are gone, and with them the headers and the faults that were found in them; keys, ids and receipts stay, so
 * that a duplicate stays one.
 */
export const ERASED_COLUMNS = `raw = NULL, payload_key = NULL, headers = '[]', errors = NULL, more_errors = 0`;

/**
 * Erases the bytes of these deliveries, but for those that are pending; answers of how many. What was parked or dead
 * has nothing left to be worked on: it is closed as ignored, and stays a duplicate when it is sent again.
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
 * Takes the bytes of messages that came in about payments whose customer was erased before. They keep their status:
 * what is parked or dead is taken up again when it is sent again, as its payment may lack it. Pending ones are left
 * alone. Answers of how many.
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
