import type { EntityManager } from 'typeorm';
import { toArrayLiteral, jsonArraySql, toJsonColumn } from '../../platform/database/columns.js';
import { prepared } from '../../platform/database/prepared.js';
import type { ValidationIssue } from '../gateways/gateway.js';
import type { DeliveryProvenance, DeliveryStatus, DeliveryVerdict } from './delivery.entity.js';
import { HINT_COLUMNS_SQL } from './delivery-work-sql.js';
import { NO_LANE } from './lane.js';
import type { PayloadCipher } from './payload-cipher.js';

/*
 * Every statement on the tables `deliveries` and `delivery_work` is in this folder: here, how messages get into them; in
 * `delivery-work.store.ts`, taking and completing them; in `hint.store.ts`, the same for hints; in
 * `delivery-payload.store.ts` and `payload-key.store.ts`, their bytes; in `delivery-replay.store.ts`, reading them
 * again.
 *
 * Whoever gives a stored delivery a new work row holds the lock of the delivery, and looks for a work row in a statement
 * of its own after it took the lock. So nobody meets a work row that another transaction is about to delete, and nobody
 * who holds that lock sees a work row appear.
 */

/** A message as it is first stored. */
export interface NewDelivery {
  id: string;
  gateway: string;
  account: string;
  key: string;
  eventId: string | null;
  eventType: string | null;
  provenance: DeliveryProvenance;
  causedBy: string | null;
  verdict: DeliveryVerdict;
  /** `pending`: there is work to do. */
  status: Extract<DeliveryStatus, 'pending' | 'ignored' | 'parked'>;
  headers: readonly (readonly [string, string])[];
  /** As received. The store encrypts it where PAYLOAD_KEYS is set. */
  raw: Buffer;
  errors: readonly ValidationIssue[] | null;
  /** How many issues there are beyond those in `errors`. */
  moreErrors?: number;
  /** Some events of the body are invalid, and the others are processed. */
  partial?: boolean;
  hintOrder: string | null;
  /** Where `status` is pending: see `laneOf`. */
  lane?: number;
  receivedAt: Date;
}

/** The delivery that a message is a duplicate of, and its status before the message came again. */
export interface DuplicateDelivery {
  id: string;
  previousStatus: DeliveryStatus;
}

/** One row of the INSERT. The bytes of all rows are one parameter; those of this row are the `bytes` before `ends`. */
interface InsertedRow {
  delivery: NewDelivery;
  payloadKey: string | null;
  ends: number;
  bytes: number;
}

type Column = readonly [sqlType: string, valueOf: (row: InsertedRow) => unknown];

const COLUMNS: Readonly<Record<string, Column>> = {
  id: ['uuid', ({ delivery }) => delivery.id],
  gateway: ['text', ({ delivery }) => delivery.gateway],
  account: ['text', ({ delivery }) => delivery.account],
  key: ['text', ({ delivery }) => delivery.key],
  event_id: ['text', ({ delivery }) => delivery.eventId],
  event_type: ['text', ({ delivery }) => delivery.eventType],
  provenance: ['text', ({ delivery }) => delivery.provenance],
  caused_by: ['uuid', ({ delivery }) => delivery.causedBy],
  verdict: ['text', ({ delivery }) => delivery.verdict],
  status: ['text', ({ delivery }) => finalStatus(delivery)],
  attempts: ['integer', ({ delivery }) => (delivery.status === 'ignored' ? 0 : 1)],
  headers: ['jsonb', ({ delivery }) => delivery.headers],
  payload_key: ['text', ({ payloadKey }) => payloadKey],
  errors: ['jsonb', ({ delivery }) => delivery.errors],
  more_errors: ['integer', ({ delivery }) => delivery.moreErrors ?? 0],
  partial: ['boolean', ({ delivery }) => delivery.partial ?? false],
  hint_order: ['text', ({ delivery }) => delivery.hintOrder],
  received_at: ['timestamptz', ({ delivery }) => delivery.receivedAt],
};
const COLUMN_NAMES = Object.keys(COLUMNS).join(', ');
const PARAMETERS: Readonly<Record<string, Column>> = {
  ...COLUMNS,
  ends: ['integer', ({ ends }) => ends],
  bytes: ['integer', ({ bytes }) => bytes],
};
const ARRAYS = Object.values(PARAMETERS).map(([type], at) =>
  type === 'jsonb' ? jsonArraySql(at + 3) : `$${at + 3}::${type}[]`,
);

/** The lanes of the rows of `delivery_work`, beside the ids: NULL where no work is left. */
const LANES = `$${Object.keys(PARAMETERS).length + 3}::smallint[]`;
/** The parameter of the first column, `id`. */
const IDS = '$3::uuid[]';

/** One statement writes both tables, so that a message is never without its work. */
const INSERT = prepared(
  `WITH stored AS (
     INSERT INTO deliveries (${COLUMN_NAMES}, raw, receipts)
     SELECT ${COLUMN_NAMES}, substring($2::bytea FROM ends - bytes + 1 FOR bytes), 1
     FROM unnest(${ARRAYS.join(', ')}) AS given (${Object.keys(PARAMETERS).join(', ')})
     ON CONFLICT ON CONSTRAINT uq_deliveries_key DO NOTHING RETURNING id, gateway, account, hint_order),
   work AS (
     INSERT INTO delivery_work (delivery_id, due_at, attempts, replay, silent, lane, gateway, account, hint_order)
     SELECT id, CASE WHEN hint_order IS NULL THEN now() + $1 * interval '1 millisecond' ELSE now() END, 0, false,
       false, lane, ${HINT_COLUMNS_SQL}
     FROM stored JOIN unnest(${IDS}, ${LANES}) AS given (id, lane) USING (id) WHERE lane IS NOT NULL)
   SELECT id FROM stored`,
);

/** Rows are written in the order of their keys: two processes that insert the same keys never deadlock. */
const compareKeys = (a: NewDelivery, b: NewDelivery): number => compare(sortKey(a), sortKey(b));
const sortKey = (delivery: NewDelivery): string =>
  `${delivery.gateway}\n${delivery.account}\n${delivery.key}`;
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/**
 * Stores the messages whose key is new, and returns their ids. No process takes them as due for `claimableAfterMs`,
 * because whoever stores a message works on it first; a hint is due at once. Storing a message again changes nothing.
 */
export async function insertDeliveries(
  manager: EntityManager,
  deliveries: readonly NewDelivery[],
  cipher: PayloadCipher,
  claimableAfterMs = 0,
): Promise<ReadonlySet<string>> {
  const rows = await manager.query<{ id: string }[]>(INSERT, [
    claimableAfterMs,
    ...toInsertParameters([...deliveries].sort(compareKeys), cipher),
  ]);
  return new Set(rows.map((row) => row.id));
}

/**
 * Counts messages that were stored before. A parked or dead delivery is replaced by the message that came now: it
 * becomes pending if that message is valid, and stays parked with its issues otherwise. The result is by the id that
 * each message came with; a message whose row is gone is missing from it.
 */
export async function recordDuplicates(
  manager: EntityManager,
  deliveries: readonly NewDelivery[],
  cipher: PayloadCipher,
): Promise<Map<string, DuplicateDelivery>> {
  const sorted = [...deliveries].sort(compareKeys);
  const rows = await manager.query<(DuplicateDelivery & { given: string })[]>(LOCK_DUPLICATES, [
    sorted.map((delivery) => delivery.id),
    sorted.map((delivery) => delivery.gateway),
    sorted.map((delivery) => delivery.account),
    sorted.map((delivery) => delivery.key),
  ]);
  const duplicates = new Map(rows.map(({ given, id, previousStatus }) => [given, { id, previousStatus }]));
  await manager.query(COUNT_RECEIPTS, [rows.map((row) => row.id)]);
  await markPending(manager, [...duplicates.values()].filter(isStuck));
  const revived = new Set<string>();
  for (const delivery of sorted) {
    const stored = duplicates.get(delivery.id);
    if (!stored || !isStuck(stored)) continue;
    // Of several copies in one flush, the first that leaves work is the one that counts.
    if (revived.has(stored.id)) stored.previousStatus = 'pending';
    else await reviveDelivery(manager, stored, delivery, cipher);
    if (delivery.status === 'pending') revived.add(stored.id);
  }
  return duplicates;
}

/** Whether work is left on one of these deliveries. */
export async function isAnyPending(manager: EntityManager, ids: readonly string[]): Promise<boolean> {
  return ids.length > 0 && (await manager.query<unknown[]>(`${WITH_WORK} LIMIT 1`, [ids])).length > 0;
}

/** A parked or dead delivery with work left is being replayed, or its valid events are still to be processed. */
async function markPending(manager: EntityManager, stuck: readonly DuplicateDelivery[]): Promise<void> {
  if (stuck.length === 0) return;
  const rows = await manager.query<{ id: string }[]>(WITH_WORK, [stuck.map(({ id }) => id)]);
  const pending = new Set(rows.map(({ id }) => id));
  for (const delivery of stuck) if (pending.has(delivery.id)) delivery.previousStatus = 'pending';
}

const isStuck = ({ previousStatus }: DuplicateDelivery): boolean => isParkedOrDead(previousStatus);

const WITH_WORK = `SELECT delivery_id AS id FROM delivery_work WHERE delivery_id = ANY($1)`;

const LOCK_DUPLICATES = `SELECT given.id AS given, delivery.id, delivery.status AS "previousStatus"
  FROM deliveries delivery JOIN unnest($1::uuid[], $2::text[], $3::text[], $4::text[])
    AS given (id, gateway, account, key) USING (gateway, account, key)
  ORDER BY gateway, account, key FOR UPDATE OF delivery`;

const COUNT_RECEIPTS = `UPDATE deliveries SET receipts = receipts + again.times
  FROM (SELECT id, count(*)::integer AS times FROM unnest($1::uuid[]) AS id GROUP BY id) AS again
  WHERE deliveries.id = again.id`;

/** A parked or dead delivery is processed again when its gateway sends it again. */
export const isParkedOrDead = (status: DeliveryStatus): boolean => status === 'parked' || status === 'dead';

async function reviveDelivery(
  manager: EntityManager,
  stored: DuplicateDelivery,
  delivery: NewDelivery,
  cipher: PayloadCipher,
): Promise<void> {
  // The ciphertext is bound to the id of its row, which is not the id that this message came with.
  const encrypted = cipher.encrypt(stored.id, delivery.raw);
  await manager.query(REVIVE, [
    stored.id,
    finalStatus(delivery),
    JSON.stringify(delivery.headers),
    encrypted.raw,
    delivery.errors && JSON.stringify(delivery.errors),
    delivery.eventId,
    delivery.eventType,
    delivery.hintOrder,
    delivery.receivedAt,
    delivery.status,
    encrypted.payloadKey,
    delivery.moreErrors ?? 0,
    delivery.partial ?? false,
    delivery.lane ?? NO_LANE,
  ]);
}

/** The delivery is counted as if the attempt that is due now had been made, as that of a new one. */
const REVIVE = `WITH revived AS (
    UPDATE deliveries SET status = $2, headers = $3, raw = $4, errors = $5, event_id = $6, event_type = $7,
      hint_order = $8, received_at = $9,
      attempts = CASE WHEN status = 'dead' THEN 0 ELSE attempts END + CASE WHEN $10 = 'ignored' THEN 0 ELSE 1 END,
      last_error = NULL, replay = false, silent = false, payload_key = $11, more_errors = $12, partial = $13,
      processed_at = NULL
    WHERE id = $1 RETURNING id, attempts, gateway, account, hint_order)
  INSERT INTO delivery_work (delivery_id, due_at, attempts, replay, silent, lane, gateway, account, hint_order)
  SELECT id, now(), attempts - 1, false, false, $14, ${HINT_COLUMNS_SQL} FROM revived WHERE $10 = 'pending'`;

/** What the delivery is once its work is done, if it fits as it seems to now. */
const finalStatus = ({ status, partial }: NewDelivery): DeliveryStatus =>
  status !== 'pending' ? status : partial ? 'parked' : 'processed';

/** The bytes of all messages go over as one binary parameter: pg would send an array of buffers as text. */
function toInsertParameters(deliveries: readonly NewDelivery[], cipher: PayloadCipher): unknown[] {
  const encrypted = deliveries.map(({ id, raw }) => cipher.encrypt(id, raw));
  let ends = 0;
  const rows = deliveries.map((delivery, at): InsertedRow => {
    const { raw, payloadKey } = encrypted[at] as (typeof encrypted)[number];
    return { delivery, payloadKey, bytes: raw.length, ends: (ends += raw.length) };
  });
  const columns = Object.values(PARAMETERS).map(([type, valueOf]) =>
    (type === 'jsonb' ? toJsonColumn : toArrayLiteral)(rows.map(valueOf)),
  );
  const lanes = deliveries.map(({ status, lane }) => (status === 'pending' ? (lane ?? NO_LANE) : null));
  return [Buffer.concat(encrypted.map(({ raw }) => raw)), ...columns, toArrayLiteral(lanes)];
}
