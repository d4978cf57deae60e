import type { EntityManager } from 'typeorm';
import type { StoredPayload } from './payload-cipher.js';

/** How many payloads are in memory at a time. Each has up to 1 MiB. */
const MAX_PAYLOADS = 20;
/** How many rows one statement scans for plain payloads. */
const MAX_SCANNED_ROWS = 5_000;

/** `version` changes with every update of the row. */
export type KeyedPayload = StoredPayload & { id: string; version: string };

/** Some payloads, and the id after which the search goes on; null: there are no more. */
export interface PayloadPage {
  rows: KeyedPayload[];
  upTo: string | null;
}

const COLUMNS = 'id, raw, payload_key AS "payloadKey", xmin::text AS version';

/** The next payloads encrypted under this key after the id `after`, by id. Locks nothing. */
export async function findPayloadsUnder(
  manager: EntityManager,
  key: string,
  after: string,
): Promise<PayloadPage> {
  const rows = await manager.query<KeyedPayload[]>(FIND_UNDER, [key, after]);
  return { rows, upTo: rows.at(-1)?.id ?? null };
}

const FIND_UNDER = `SELECT ${COLUMNS} FROM deliveries
  WHERE payload_key = $1 AND id > $2 AND raw IS NOT NULL ORDER BY id LIMIT ${MAX_PAYLOADS}`;

/** The next plain payloads after the id `after`. No index has them, so each call scans up to 5,000 rows. */
export async function findPlainPayloads(manager: EntityManager, after: string): Promise<PayloadPage> {
  const [end] = await manager.query<{ id: string }[]>(FIND_SCAN_END, [after]);
  if (!end) return { rows: [], upTo: null };
  const rows = await manager.query<KeyedPayload[]>(FIND_PLAIN, [after, end.id]);
  return { rows, upTo: rows.length === MAX_PAYLOADS ? (rows.at(-1)?.id ?? end.id) : end.id };
}

const FIND_SCAN_END = `SELECT id FROM
    (SELECT id FROM deliveries WHERE id > $1 ORDER BY id LIMIT ${MAX_SCANNED_ROWS}) AS scanned
  ORDER BY id DESC LIMIT 1`;

const FIND_PLAIN = `SELECT ${COLUMNS} FROM deliveries
  WHERE id > $1 AND id <= $2 AND payload_key IS NULL AND raw IS NOT NULL ORDER BY id LIMIT ${MAX_PAYLOADS}`;

/**
 * Replaces payloads by their bytes encrypted under another key, and returns how many. Skips rows that another
 * transaction has locked, and rows that were updated since they were read.
 */
export async function replacePayloads(
  manager: EntityManager,
  rows: readonly KeyedPayload[],
): Promise<number> {
  const [, replaced] = await manager.query<[unknown, number]>(REPLACE, [
    rows.map(({ id }) => id),
    rows.map(({ raw }) => raw),
    rows.map(({ payloadKey }) => payloadKey),
    rows.map(({ version }) => version),
  ]);
  return replaced;
}

const REPLACE = `WITH held AS (
    SELECT delivery.id, given.raw, given.key
    FROM deliveries delivery JOIN unnest($1::uuid[], $2::bytea[], $3::text[], $4::text[])
      AS given (id, raw, key, version) ON given.id = delivery.id
    WHERE delivery.xmin::text = given.version FOR UPDATE OF delivery SKIP LOCKED)
  UPDATE deliveries delivery SET raw = held.raw, payload_key = held.key FROM held WHERE delivery.id = held.id`;

/** How many payloads are encrypted under each key, without `newest`. */
export async function countUnderOtherKeys(
  manager: EntityManager,
  newest: string | null,
): Promise<ReadonlyMap<string, number>> {
  const rows = await manager.query<{ key: string; count: number }[]>(COUNT_UNDER_OTHERS, [newest ?? '']);
  return new Map(rows.map(({ key, count }) => [key, count]));
}

/** `<` and `>` in place of `<>`: an index on the key serves them. */
const COUNT_UNDER_OTHERS = `SELECT payload_key AS key, count(*)::integer AS count FROM deliveries
  WHERE (payload_key < $1 OR payload_key > $1) AND raw IS NOT NULL GROUP BY payload_key`;
