import { randomBytes } from 'node:crypto';
import type { DataSource } from 'typeorm';
import { createBulkInsert } from '../../platform/database/bulk-insert.js';

/* Every statement on the tables secret_uses and installation. */

/** A use as it is written. `mark` is the fingerprint of the secret. */
export type SecretUseRow = Readonly<
  Record<'gateway' | 'account' | 'mark', string> & { last_matched_at: Date }
>;

const COLUMNS = { gateway: 'text', account: 'text', mark: 'text', last_matched_at: 'timestamptz' } as const;

const upsertUses = createBulkInsert('secret_uses', COLUMNS, {
  updateConflictOn: 'pk_secret_uses',
  updateColumns: ['last_matched_at'],
});

/** Writes the last use of each secret. A repeated call writes the same. Sorted by key, so that two processes never deadlock. */
export async function writeSecretUses(db: DataSource, rows: readonly SecretUseRow[]): Promise<void> {
  const sorted = [...rows].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  await upsertUses(db.manager, sorted);
}

const keyOf = ({ gateway, account, mark }: SecretUseRow): string => `${gateway} ${account} ${mark}`;

/** All uses that any process has written. */
export function findSecretUses(
  db: DataSource,
): Promise<{ gateway: string; account: string; mark: string; at: Date }[]> {
  return db.query(`SELECT gateway, account, mark, last_matched_at AS at FROM secret_uses`);
}

/**
 * The installation's own key, 32 bytes, under which fingerprints are made. Created at the first call and never changed. If
 * two processes create it at the same time, both get the one that was stored first.
 */
export async function readOrCreateFingerprintKey(db: DataSource): Promise<Buffer> {
  const stored = await findFingerprintKey(db);
  if (stored) return stored;
  await db.query(
    `INSERT INTO installation (id, mark_key) VALUES (1, $1) ON CONFLICT ON CONSTRAINT pk_installation DO NOTHING`,
    [randomBytes(32)],
  );
  const created = await findFingerprintKey(db);
  if (!created) throw new Error('the table installation has no row');
  return created;
}

async function findFingerprintKey(db: DataSource): Promise<Buffer | undefined> {
  const [row] = await db.query<{ key: Buffer }[]>(`SELECT mark_key AS key FROM installation`);
  return row?.key;
}
