import type { EntityManager } from 'typeorm';
import { toArrayLiteral, jsonArraySql, toJsonColumn } from '../../platform/database/columns.js';
import { prepared } from '../../platform/database/prepared.js';
import type { DeliveryStatus, DeliveryVerdict } from './delivery.entity.js';
import type { ValidationIssue } from '../gateways/gateway.js';
import type { PayloadCipher } from './payload-cipher.js';

/** A message as it is first stored. */
export interface NewDelivery {
  id: string;
  gateway: string;
  account: string;
  key: string;
  eventId: string | null;
  eventType: string | null;
  provenance: 'received' | 'fetched';
  causedBy: string | null;
  verdict: DeliveryVerdict;
  status: Extract<DeliveryStatus, 'pending' | 'ignored' | 'parked'>;
  headers: readonly (readonly [string, string])[];
  /** As received; the vault has its say when it is stored. */
  raw: Buffer;
  errors: readonly ValidationIssue[] | null;
  /** How many faults there are beyond those in `errors`. */
  moreErrors?: number;
  /** Some of its events are at fault; the others count. */
  partial?: boolean;
  hintOrder: string | null;
  receivedAt: Date;
}

/** What stood there when a message came again, and what stands there now. */
export interface DuplicateDelivery {
  id: string;
  previousStatus: DeliveryStatus;
}

/** A message as its row is written; the bytes of all are one parameter, of which each knows its part. */
interface InsertedRow {
  delivery: NewDelivery;
  payloadKey: string | null;
  ends: number;
  bytes: number;
}

/** Its SQL type, and its value. */
type Column = readonly [type: string, of: (written: InsertedRow) => unknown];

/** Every column that a message brings. */
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
  status: ['text', ({ delivery }) => delivery.status],
  attempts: ['integer', ({ delivery }) => intakeAttempts(delivery)],
  headers: ['jsonb', ({ delivery }) => delivery.headers],
  payload_key: ['text', ({ payloadKey }) => payloadKey],
  errors: ['jsonb', ({ delivery }) => delivery.errors],
  more_errors: ['integer', ({ delivery }) => delivery.moreErrors ?? 0],
  partial: ['boolean', ({ delivery }) => delivery.partial ?? false],
  hint_order: ['text', ({ delivery }) => delivery.hintOrder],
  received_at: ['timestamptz', ({ delivery }) => delivery.receivedAt],
};
const COLUMN_NAMES = Object.keys(COLUMNS).join(', ');
/** Where in the bytes each message's end, and how many they are. */
const PARAMETERS: Readonly<Record<string, Column>> = {
  ...COLUMNS,
  ends: ['integer', ({ ends }) => ends],
  bytes: ['integer', ({ bytes }) => bytes],
};
const ARRAYS = Object.values(PARAMETERS).map(([type], at) =>
  type === 'jsonb' ? jsonArraySql(at + 3) : `$${at + 3}::${type}[]`,
);

const INSERT = prepared(
  `INSERT INTO deliveries (${COLUMN_NAMES}, raw, receipts, replay, silent, next_attempt_at)
   SELECT ${COLUMN_NAMES}, substring($2::bytea FROM ends - bytes + 1 FOR bytes), 1, false, false,
     CASE WHEN hint_order IS NULL THEN now() + $1 * interval '1 millisecond' ELSE now() END
   FROM unnest(${ARRAYS.join(', ')}) AS given (${Object.keys(PARAMETERS).join(', ')})
   ON CONFLICT ON CONSTRAINT uq_deliveries_key DO NOTHING RETURNING id`,
);

/** In the order of their keys, so that two processes that insert the same keys never wait in a circle. */
const compareKeys = (a: NewDelivery, b: NewDelivery): number => compare(sortKey(a), sortKey(b));
const sortKey = (delivery: NewDelivery): string =>
  `${delivery.gateway}\n${delivery.account}\n${delivery.key}`;
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/**
 * Stores what is not there yet; the answer holds the ids of those that were stored. For `handedOverMs` nobody claims
 * them: whoever stores them works on them at once. Hints are always claimed.
 */
export async function insertDeliveries(
  manager: EntityManager,
  deliveries: readonly NewDelivery[],
  vault: PayloadCipher,
  handedOverMs = 0,
): Promise<ReadonlySet<string>> {
  const rows = await manager.query<{ id: string }[]>(INSERT, [
    handedOverMs,
    ...toInsertParameters([...deliveries].sort(compareKeys), vault),
  ]);
  return new Set(rows.map((row) => row.id));
}

/**
 * Counts messages that came again. One that is parked or dead is taken up anew with the bytes that came now: it is
 * worked on if they fit, and stays parked with their faults if not. Answers by the id each message came with.
 */
export async function recordDuplicates(
  manager: EntityManager,
  deliveries: readonly NewDelivery[],
  vault: PayloadCipher,
): Promise<Map<string, DuplicateDelivery>> {
  const sorted = [...deliveries].sort(compareKeys);
  const rows = await manager.query<(DuplicateDelivery & { given: string })[]>(
    `SELECT given.id AS given, delivery.id, delivery.status AS "previousStatus"
     FROM deliveries delivery JOIN unnest($1::uuid[], $2::text[], $3::text[], $4::text[])
       AS given (id, gateway, account, key) USING (gateway, account, key)
     ORDER BY gateway, account, key FOR UPDATE OF delivery`,
    [
      sorted.map((delivery) => delivery.id),
      sorted.map((delivery) => delivery.gateway),
      sorted.map((delivery) => delivery.account),
      sorted.map((delivery) => delivery.key),
    ],
  );
  const seen = new Map(rows.map(({ given, id, previousStatus }) => [given, { id, previousStatus }]));
  await manager.query(
    `UPDATE deliveries SET receipts = receipts + again.times
     FROM (SELECT id, count(*)::integer AS times FROM unnest($1::uuid[]) AS id GROUP BY id) AS again
     WHERE deliveries.id = again.id`,
    [rows.map((row) => row.id)],
  );
  for (const delivery of sorted) {
    const stored = seen.get(delivery.id);
    if (stored && isParkedOrDead(stored.previousStatus))
      await reviveDelivery(manager, stored, delivery, vault);
  }
  return seen;
}

/** Taken up again when it is sent again. */
export const isParkedOrDead = (status: DeliveryStatus): boolean => status === 'parked' || status === 'dead';

async function reviveDelivery(
  manager: EntityManager,
  stored: DuplicateDelivery,
  now: NewDelivery,
  vault: PayloadCipher,
): Promise<void> {
  // Bound to the row it goes to, not to the id it came with.
  const sealed = vault.encrypt(stored.id, now.raw);
  await manager.query(
    `UPDATE deliveries SET status = $2, headers = $3, raw = $4, errors = $5, event_id = $6, event_type = $7,
       hint_order = $8, received_at = $9, attempts = CASE WHEN status = 'dead' THEN 0 ELSE attempts END + $10,
       next_attempt_at = now(), last_error = NULL, replay = false, silent = false, payload_key = $11,
       more_errors = $12, partial = $13
     WHERE id = $1`,
    [
      stored.id,
      now.status,
      JSON.stringify(now.headers),
      sealed.raw,
      now.errors && JSON.stringify(now.errors),
      now.eventId,
      now.eventType,
      now.hintOrder,
      now.receivedAt,
      intakeAttempts(now),
      sealed.payloadKey,
      now.moreErrors ?? 0,
      now.partial ?? false,
    ],
  );
}

/** A body that did not fit was tried at the door. */
const intakeAttempts = (delivery: NewDelivery): number => (delivery.status === 'parked' ? 1 : 0);

/** The bytes of all messages go over as they are; an array of them would go as text. */
function toInsertParameters(deliveries: readonly NewDelivery[], vault: PayloadCipher): unknown[] {
  const sealed = deliveries.map(({ id, raw }) => vault.encrypt(id, raw));
  let ends = 0;
  const written = deliveries.map((delivery, at): InsertedRow => {
    const { raw, payloadKey } = sealed[at] as (typeof sealed)[number];
    return { delivery, payloadKey, bytes: raw.length, ends: (ends += raw.length) };
  });
  const columns = Object.values(PARAMETERS).map(([type, of]) =>
    (type === 'jsonb' ? toJsonColumn : toArrayLiteral)(written.map(of)),
  );
  return [Buffer.concat(sealed.map(({ raw }) => raw)), ...columns];
}
