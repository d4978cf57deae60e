import type { DataSource, EntityManager } from 'typeorm';

/* Every statement on the table gateway_activity. */

/** An account's habit as it is stored. */
export interface StoredActivity {
  gateway: string;
  account: string;
  lastEventAt: Date | null;
  gaps: Record<string, number>;
  lagSeconds: number | null;
  silentSince: Date | null;
}

const COLUMNS = `gateway, account, last_event_at AS "lastEventAt", gaps, lag_seconds AS "lagSeconds",
  silent_since AS "silentSince"`;

export const readStoredActivity = (db: DataSource | EntityManager): Promise<StoredActivity[]> =>
  db.query<StoredActivity[]>(`SELECT ${COLUMNS} FROM gateway_activity`);

/** Accounts whose silence was noticed and not yet found to have ended. */
export const readSilent = (db: DataSource): Promise<StoredActivity[]> =>
  db.query<StoredActivity[]>(`SELECT ${COLUMNS} FROM gateway_activity WHERE silent_since IS NOT NULL`);

/** Writes what is known of an account's habit; whether it is silent stays as it is. */
export async function saveActivity(
  manager: EntityManager,
  { gateway, account, lastEventAt, gaps, lagSeconds }: Omit<StoredActivity, 'silentSince'>,
): Promise<void> {
  await manager.query(
    `INSERT INTO gateway_activity (gateway, account, last_event_at, gaps, lag_seconds) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT ON CONSTRAINT pk_gateway_activity DO UPDATE SET last_event_at = excluded.last_event_at,
       gaps = excluded.gaps, lag_seconds = coalesce(excluded.lag_seconds, gateway_activity.lag_seconds)`,
    [gateway, account, lastEventAt, JSON.stringify(gaps), lagSeconds],
  );
}

/** Notes that an account is silent. False where another process noted it first. */
export async function beginSilence(
  manager: EntityManager,
  { gateway, account }: Pick<StoredActivity, 'gateway' | 'account'>,
  since: Date,
): Promise<boolean> {
  const rows = await manager.query<unknown[]>(
    `INSERT INTO gateway_activity (gateway, account, gaps, silent_since) VALUES ($1, $2, '{}', $3)
     ON CONFLICT ON CONSTRAINT pk_gateway_activity DO UPDATE SET silent_since = excluded.silent_since
       WHERE gateway_activity.silent_since IS DISTINCT FROM excluded.silent_since
     RETURNING gateway`,
    [gateway, account, since],
  );
  return rows.length === 1;
}

/** Notes that an account is not silent. */
export async function endSilence(
  db: DataSource,
  { gateway, account }: Pick<StoredActivity, 'gateway' | 'account'>,
): Promise<void> {
  await db.query(`UPDATE gateway_activity SET silent_since = NULL WHERE gateway = $1 AND account = $2`, [
    gateway,
    account,
  ]);
}
