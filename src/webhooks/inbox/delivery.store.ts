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
 * `delivery-duplicates.store.ts`, how they come again; in `delivery-work.store.ts`, taking and completing them; in
 * `hint.store.ts`, the same for hints; in `delivery-payload.store.ts` and `payload-key.store.ts`, their bytes; in
 * `delivery-replay.store.ts`, reading them again.
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
export const compareKeys = (a: NewDelivery, b: NewDelivery): number => compare(sortKey(a), sortKey(b));
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

/** What the delivery is once its work is done, if it fits as it seems to now. */
export const finalStatus = ({ status, partial }: NewDelivery): DeliveryStatus =>
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
