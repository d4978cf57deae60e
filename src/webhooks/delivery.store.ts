import type { EntityManager } from 'typeorm';
import type { DeliveryStatus, DeliveryVerdict } from './delivery.entity.js';
import type { Fault } from './gateways/gateway.js';
import type { PayloadVault } from './payload-vault.js';

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
  errors: readonly Fault[] | null;
  hintOrder: string | null;
  receivedAt: Date;
}

/** What stood there when a message came again, and what stands there now. */
export interface SeenDelivery {
  id: string;
  before: DeliveryStatus;
}

const COLUMNS = `id uuid[], gateway text[], account text[], key text[], event_id text[], event_type text[],
  provenance text[], caused_by uuid[], verdict text[], status text[], attempts integer[], headers jsonb[], payload_key text[], errors jsonb[], hint_order text[], received_at timestamptz[],
  ends integer[], bytes integer[]`
  .split(',')
  .map((column) => column.trim().split(' ') as [string, string]);
const GIVEN = COLUMNS.map(([name]) => name).join(', ');
const PARAMETERS = COLUMNS.map(([, type], at) => `$${at + 3}::${type}`).join(', ');
const NAMES = COLUMNS.slice(0, -2)
  .map(([name]) => name)
  .join(', ');

/** In the order of their keys, so that two processes that insert the same keys never wait in a circle. */
const byKey = (a: NewDelivery, b: NewDelivery): number => compare(sortKey(a), sortKey(b));
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
  vault: PayloadVault,
  handedOverMs = 0,
): Promise<ReadonlySet<string>> {
  const rows = await manager.query<{ id: string }[]>(
    `INSERT INTO deliveries (${NAMES}, raw, receipts, replay, silent, next_attempt_at)
     SELECT ${NAMES}, substring($2::bytea FROM ends - bytes + 1 FOR bytes), 1, false, false,
       CASE WHEN hint_order IS NULL THEN now() + $1 * interval '1 millisecond' ELSE now() END
     FROM unnest(${PARAMETERS}) AS given (${GIVEN})
     ON CONFLICT ON CONSTRAINT uq_deliveries_key DO NOTHING RETURNING id`,
    [handedOverMs, ...parametersOf([...deliveries].sort(byKey), vault)],
  );
  return new Set(rows.map((row) => row.id));
}

/**
 * Counts messages that came again. One that is parked or dead is taken up anew with the bytes that came now: it is
 * worked on if they fit, and stays parked with their faults if not. Answers by the id each message came with.
 */
export async function receiveAgain(
  manager: EntityManager,
  deliveries: readonly NewDelivery[],
  vault: PayloadVault,
): Promise<Map<string, SeenDelivery>> {
  const sorted = [...deliveries].sort(byKey);
  const rows = await manager.query<(SeenDelivery & { given: string })[]>(
    `SELECT given.id AS given, delivery.id, delivery.status AS before
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
  const seen = new Map(rows.map(({ given, id, before }) => [given, { id, before }]));
  await manager.query(
    `UPDATE deliveries SET receipts = receipts + again.times
     FROM (SELECT id, count(*)::integer AS times FROM unnest($1::uuid[]) AS id GROUP BY id) AS again
     WHERE deliveries.id = again.id`,
    [rows.map((row) => row.id)],
  );
  for (const delivery of sorted) {
    const stored = seen.get(delivery.id);
    if (stored && isStuck(stored.before)) await takeUpAnew(manager, stored, delivery, vault);
  }
  return seen;
}

const isStuck = (status: DeliveryStatus): boolean => status === 'parked' || status === 'dead';

async function takeUpAnew(
  manager: EntityManager,
  stored: SeenDelivery,
  now: NewDelivery,
  vault: PayloadVault,
): Promise<void> {
  // Bound to the row it goes to, not to the id it came with.
  const sealed = vault.seal(stored.id, now.raw);
  await manager.query(
    `UPDATE deliveries SET status = $2, headers = $3, raw = $4, errors = $5, event_id = $6, event_type = $7,
       hint_order = $8, received_at = $9, attempts = CASE WHEN status = 'dead' THEN 0 ELSE attempts END + $10,
       next_attempt_at = now(), last_error = NULL, replay = false, silent = false, payload_key = $11
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
      triesAtTheDoor(now),
      sealed.payloadKey,
    ],
  );
}

/** A body that did not fit was tried at the door. */
const triesAtTheDoor = (delivery: NewDelivery): number => (delivery.status === 'parked' ? 1 : 0);

/** The bytes of all messages are one parameter, which goes over as it is; an array of them would go as text. */
function parametersOf(deliveries: readonly NewDelivery[], vault: PayloadVault): unknown[] {
  const sealed = deliveries.map(({ id, raw }) => vault.seal(id, raw));
  let end = 0;
  return [
    Buffer.concat(sealed.map(({ raw }) => raw)),
    deliveries.map((delivery) => delivery.id),
    deliveries.map((delivery) => delivery.gateway),
    deliveries.map((delivery) => delivery.account),
    deliveries.map((delivery) => delivery.key),
    deliveries.map((delivery) => delivery.eventId),
    deliveries.map((delivery) => delivery.eventType),
    deliveries.map((delivery) => delivery.provenance),
    deliveries.map((delivery) => delivery.causedBy),
    deliveries.map((delivery) => delivery.verdict),
    deliveries.map((delivery) => delivery.status),
    deliveries.map(triesAtTheDoor),
    deliveries.map((delivery) => JSON.stringify(delivery.headers)),
    sealed.map(({ payloadKey }) => payloadKey),
    deliveries.map((delivery) => delivery.errors && JSON.stringify(delivery.errors)),
    deliveries.map((delivery) => delivery.hintOrder),
    deliveries.map((delivery) => delivery.receivedAt.toISOString()),
    sealed.map(({ raw }) => (end += raw.length)),
    sealed.map(({ raw }) => raw.length),
  ];
}
