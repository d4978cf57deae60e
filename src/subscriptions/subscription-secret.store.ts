import type { EntityManager } from 'typeorm';

/* The statements on `subscriptions` that encrypt stored secrets under another key. */

/** The secrets of a subscription, as they are stored. */
export interface StoredSecrets {
  readonly id: string;
  readonly secret: string;
  readonly previousSecret: string | null;
}

/** Those of all subscriptions: there are 100 at the most. */
export const findSecrets = (manager: EntityManager): Promise<StoredSecrets[]> =>
  manager.query<StoredSecrets[]>(
    'SELECT id, secret, previous_secret AS "previousSecret" FROM subscriptions ORDER BY id',
  );

/** False where the secrets were changed since they were read. */
export async function replaceSecrets(
  manager: EntityManager,
  known: StoredSecrets,
  fresh: StoredSecrets,
): Promise<boolean> {
  const [, replaced] = await manager.query<[unknown, number]>(
    `UPDATE subscriptions SET secret = $4, previous_secret = $5
     WHERE id = $1 AND secret = $2 AND previous_secret IS NOT DISTINCT FROM $3`,
    [known.id, known.secret, known.previousSecret, fresh.secret, fresh.previousSecret],
  );
  return replaced === 1;
}
