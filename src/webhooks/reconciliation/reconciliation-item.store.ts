import type { EntityManager } from 'typeorm';
import { createBulkInsert } from '../../platform/database/bulk-insert.js';
import { toArrayLiteral } from '../../platform/database/columns.js';
import { toStoredReason } from '../../platform/database/stored-text.js';
import type { Finding } from './object-comparison.js';
import type { ItemKind, ReconciliationItem } from './reconciliation-item.entity.js';

/* Every statement on `reconciliation_items` and `reconciliation_sightings`. */

/** An object that the run found to be other than expected. */
export type NewItem = Pick<Finding, 'what' | 'objectId' | 'gatewayPaymentId' | 'paymentId' | 'difference'> & {
  readonly kind: ItemKind;
  readonly number: number;
  readonly deliveryId: string | null;
};

const insert = createBulkInsert(
  'reconciliation_items',
  {
    reconciliation_id: 'uuid',
    number: 'integer',
    kind: 'text',
    what: 'text',
    object_id: 'text',
    gateway_payment_id: 'text',
    payment_id: 'uuid',
    delivery_id: 'uuid',
    difference: 'text',
  },
  { ignoreConflictOn: 'uq_reconciliation_items_object' },
);

export async function insertItems(
  manager: EntityManager,
  reconciliationId: string,
  items: readonly NewItem[],
): Promise<void> {
  await insert(
    manager,
    items.map((item) => ({
      reconciliation_id: reconciliationId,
      number: item.number,
      kind: item.kind,
      what: item.what,
      object_id: item.objectId,
      gateway_payment_id: item.gatewayPaymentId,
      payment_id: item.paymentId,
      delivery_id: item.deliveryId,
      difference: toStoredReason(item.difference) ?? '',
    })),
  );
}

/** Which of these objects the run has an item of, as `what` and id; and which payments it found missing. */
export interface KnownItems {
  readonly objects: ReadonlySet<string>;
  readonly missingPayments: ReadonlySet<string>;
}

export const nameOfObject = ({ what, objectId }: Pick<Finding, 'what' | 'objectId'>): string =>
  JSON.stringify([what, objectId]);

export async function findKnownItems(
  manager: EntityManager,
  reconciliationId: string,
  findings: readonly Finding[],
): Promise<KnownItems> {
  const rows = await manager.query<
    { what: string; objectId: string; kind: ItemKind; gatewayPaymentId: string | null }[]
  >(KNOWN, [
    reconciliationId,
    toArrayLiteral(findings.map(({ what }) => what)),
    toArrayLiteral(findings.map(({ objectId }) => objectId)),
    toArrayLiteral(findings.map(({ gatewayPaymentId }) => gatewayPaymentId ?? '')),
  ]);
  const missing = rows.filter(({ kind }) => kind === 'missing');
  return {
    objects: new Set(rows.map(nameOfObject)),
    missingPayments: new Set(missing.flatMap(({ gatewayPaymentId }) => gatewayPaymentId ?? [])),
  };
}

const KNOWN = `SELECT what, object_id AS "objectId", kind, gateway_payment_id AS "gatewayPaymentId"
  FROM reconciliation_items WHERE reconciliation_id = $1
    AND ((what, object_id) IN (SELECT * FROM unnest($2::text[], $3::text[]))
      OR (kind = 'missing' AND gateway_payment_id = ANY($4::text[])))`;

/** The first items of a run, in the order in which they were found. */
export const findItems = (
  manager: EntityManager,
  reconciliationId: string,
  limit: number,
): Promise<Omit<ReconciliationItem, 'reconciliationId' | 'number'>[]> =>
  manager.query(
    `SELECT kind, what, object_id AS "objectId", gateway_payment_id AS "gatewayPaymentId", payment_id AS "paymentId",
       delivery_id AS "deliveryId", difference
     FROM reconciliation_items WHERE reconciliation_id = $1 ORDER BY number LIMIT $2`,
    [reconciliationId, limit],
  );

/** Remembers what the run need not ask about again. */
export async function insertSightings(
  manager: EntityManager,
  reconciliationId: string,
  names: readonly string[],
): Promise<void> {
  if (names.length > 0) await manager.query(SIGHT, [reconciliationId, toArrayLiteral(names)]);
}

const SIGHT = `INSERT INTO reconciliation_sightings (reconciliation_id, name)
  SELECT $1::uuid, name FROM unnest($2::text[]) AS name ON CONFLICT DO NOTHING`;

/** Those of these names that the run has seen. */
export async function findSighted(
  manager: EntityManager,
  reconciliationId: string,
  names: readonly string[],
): Promise<ReadonlySet<string>> {
  if (names.length === 0) return new Set();
  const rows = await manager.query<{ name: string }[]>(
    `SELECT name FROM reconciliation_sightings WHERE reconciliation_id = $1 AND name = ANY($2)`,
    [reconciliationId, toArrayLiteral(names)],
  );
  return new Set(rows.map(({ name }) => name));
}

export async function deleteSightings(manager: EntityManager, reconciliationId: string): Promise<void> {
  await manager.query(`DELETE FROM reconciliation_sightings WHERE reconciliation_id = $1`, [
    reconciliationId,
  ]);
}

/** Deletes the items of these runs. */
export async function deleteItems(
  manager: EntityManager,
  reconciliationIds: readonly string[],
): Promise<void> {
  await manager.query(`DELETE FROM reconciliation_items WHERE reconciliation_id = ANY($1)`, [
    toArrayLiteral(reconciliationIds),
  ]);
}
