import type { EntityManager } from 'typeorm';
import { HINT_COLUMNS_SQL } from './delivery-work-sql.js';
import type { DeliveryStatus } from './delivery.entity.js';
import { compareKeys, finalStatus, type NewDelivery } from './delivery.store.js';
import { NO_LANE } from './lane.js';
import type { PayloadCipher } from './payload-cipher.js';

/** The delivery that a message is a duplicate of, and its status before the message came again. */
export interface DuplicateDelivery {
  id: string;
  previousStatus: DeliveryStatus;
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
  return matchStored(manager, deliveries, cipher, true);
}

/**
 * As {@link recordDuplicates}, for the answer of a gateway that was asked: nobody sent it, so no receipt is counted.
 * Returns the id of the delivery that has its key; null where that row is gone.
 */
export async function reviveByAnswer(
  manager: EntityManager,
  answer: NewDelivery,
  cipher: PayloadCipher,
): Promise<string | null> {
  const stored = await matchStored(manager, [answer], cipher, false);
  return stored.get(answer.id)?.id ?? null;
}

async function matchStored(
  manager: EntityManager,
  deliveries: readonly NewDelivery[],
  cipher: PayloadCipher,
  wereSent: boolean,
): Promise<Map<string, DuplicateDelivery>> {
  const sorted = [...deliveries].sort(compareKeys);
  const rows = await manager.query<(DuplicateDelivery & { given: string })[]>(LOCK_DUPLICATES, [
    sorted.map((delivery) => delivery.id),
    sorted.map((delivery) => delivery.gateway),
    sorted.map((delivery) => delivery.account),
    sorted.map((delivery) => delivery.key),
  ]);
  const duplicates = new Map(rows.map(({ given, id, previousStatus }) => [given, { id, previousStatus }]));
  if (wereSent) await manager.query(COUNT_RECEIPTS, [rows.map((row) => row.id)]);
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
    delivery.provenance,
    delivery.verdict,
    delivery.causedBy,
  ]);
}

/** The delivery is counted as if the attempt that is due now had been made, as that of a new one. */
const REVIVE = `WITH revived AS (
    UPDATE deliveries SET status = $2, headers = $3, raw = $4, errors = $5, event_id = $6, event_type = $7,
      hint_order = $8, received_at = $9,
      attempts = CASE WHEN status = 'dead' THEN 0 ELSE attempts END + CASE WHEN $10 = 'ignored' THEN 0 ELSE 1 END,
      last_error = NULL, replay = false, silent = false, payload_key = $11, more_errors = $12, partial = $13,
      processed_at = NULL, provenance = $15, verdict = $16, caused_by = $17
    WHERE id = $1 RETURNING id, attempts, gateway, account, hint_order)
  INSERT INTO delivery_work (delivery_id, due_at, attempts, replay, silent, lane, gateway, account, hint_order)
  SELECT id, now(), attempts - 1, false, false, $14, ${HINT_COLUMNS_SQL} FROM revived WHERE $10 = 'pending'`;
