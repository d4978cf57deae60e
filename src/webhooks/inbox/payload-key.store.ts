import type { EntityManager } from 'typeorm';
import type { StoredPayload } from './payload-cipher.js';

/** Payloads per batch, each of at most 1 MiB. */
const MAX_PAYLOADS = 20;
/** Rows that one statement searches for plain payloads. */
const MAX_SCANNED_ROWS = 5_000;

/** A stored payload and the version of its row, which changes with every update. */
export type PayloadRow = StoredPayload & { id: string; version: string };

const ROW = 'id, raw, payload_key AS "payloadKey", xmin::text AS version';

/** The next payloads under that key with an id greater than `after`. Takes no lock. */
export async function findPayloadsUnder(
  manager: EntityManager,
  key: string,
  after: string,
): Promise<{ rows: PayloadRow[]; upTo: string | null }> {
  const rows = await manager.query<PayloadRow[]>(
    `SELECT ${ROW} FROM deliveries WHERE payload_key = $1 AND id > $2 AND raw IS NOT NULL ORDER BY id LIMIT ${MAX_PAYLOADS}`,
    [key, after],
  );
  return { rows, upTo: rows.at(-1)?.id ?? null };
}

/** The next plain payloads with an id greater than `after`. No index has them, so that a range of all rows is searched. */
export async function findPlainPayloads(
  manager: EntityManager,
  after: string,
): Promise<{ rows: PayloadRow[]; upTo: string | null }> {
  const [end] = await manager.query<{ id: string }[]>(
    `SELECT id FROM (SELECT id FROM deliveries WHERE id > $1 ORDER BY id LIMIT ${MAX_SCANNED_ROWS}) AS stretch
     ORDER BY id DESC LIMIT 1`,
    [after],
  );
  if (!end) return { rows: [], upTo: null };
  const rows = await manager.query<PayloadRow[]>(
    `SELECT ${ROW} FROM deliveries WHERE id > $1 AND id <= $2 AND payload_key IS NULL AND raw IS NOT NULL
     ORDER BY id LIMIT ${MAX_PAYLOADS}`,
    [after, end.id],
  );
  return { rows, upTo: rows.length === MAX_PAYLOADS ? (rows.at(-1)?.id ?? end.id) : end.id };
}

/**
 * Replaces payloads with their re-encrypted bytes, and returns the number of replaced rows. Skips rows that are locked or
 * that changed since they were read.
 */
export async function replacePayloads(manager: EntityManager, rows: readonly PayloadRow[]): Promise<number> {
  const [, replaced] = await manager.query<[unknown, number]>(
    `WITH held AS (
       SELECT delivery.id, given.raw, given.key
       FROM deliveries delivery JOIN unnest($1::uuid[], $2::bytea[], $3::text[], $4::text[])
         AS given (id, raw, key, version) ON given.id = delivery.id
       WHERE delivery.xmin::text = given.version FOR UPDATE OF delivery SKIP LOCKED)
     UPDATE deliveries delivery SET raw = held.raw, payload_key = held.key FROM held WHERE delivery.id = held.id`,
    [
      rows.map(({ id }) => id),
      rows.map(({ raw }) => raw),
      rows.map(({ payloadKey }) => payloadKey),
      rows.map(({ version }) => version),
    ],
  );
  return replaced;
}

/** The number of payloads under each key except the newest. */
export async function countUnderOtherKeys(
  manager: EntityManager,
  newest: string | null,
): Promise<ReadonlyMap<string, number>> {
  const rows = await manager.query<{ key: string; count: number }[]>(
    `SELECT payload_key AS key, count(*)::integer AS count FROM deliveries
     WHERE (payload_key < $1 OR payload_key > $1) AND raw IS NOT NULL GROUP BY payload_key`,
    [newest ?? ''],
  );
  return new Map(rows.map(({ key, count }) => [key, count]));
}
