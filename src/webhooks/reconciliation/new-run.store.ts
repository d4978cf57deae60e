import type { EntityManager } from 'typeorm';
import { newId } from '../../platform/database/new-id.js';
import { beginPhase } from './position.js';
import type { ReconciliationOrigin } from './reconciliation.entity.js';

/* How runs get into `reconciliations`. The other statements on it are in reconciliation.store.ts. */

export interface NewRun {
  readonly gateway: string;
  readonly account: string;
  readonly origin: ReconciliationOrigin;
  readonly dryRun: boolean;
  readonly since: Date;
  readonly until: Date;
}

/** What a new run takes over from the ones before it of the same account. */
export interface EarlierRuns {
  readonly askedUntil: string | null;
  readonly pacedUntil: Date | null;
  readonly coveredUntil: Date | null;
  /** When the last run began that was no dry run. */
  readonly lastAt: Date | null;
  /** A run is under way, so `coveredUntil` may be about to change. */
  readonly isRunning: boolean;
}

export async function findEarlierRuns(
  manager: EntityManager,
  gateway: string,
  account: string,
): Promise<EarlierRuns> {
  const [row] = await manager.query<[EarlierRuns]>(EARLIER, [gateway, account]);
  return row;
}

const OF_ACCOUNT = `FROM reconciliations WHERE gateway = $1 AND account = $2`;

const EARLIER = `SELECT
    (SELECT asked_until ${OF_ACCOUNT} AND NOT dry_run ORDER BY created_at DESC LIMIT 1) AS "askedUntil",
    (SELECT max(paced_until) ${OF_ACCOUNT}) AS "pacedUntil",
    (SELECT max(covered_until) ${OF_ACCOUNT}) AS "coveredUntil",
    (SELECT max(created_at) ${OF_ACCOUNT} AND NOT dry_run) AS "lastAt",
    EXISTS (SELECT ${OF_ACCOUNT} AND status = 'pending') AS "isRunning"`;

/** Stores a run that is due at `dueAt`. Null where a run of the account is under way. */
export async function insertRun(
  manager: EntityManager,
  run: NewRun,
  { askedUntil, pacedUntil }: EarlierRuns,
  dueAt: Date,
): Promise<string | null> {
  const rows = await manager.query<{ id: string }[]>(INSERT, [
    newId(),
    run.gateway,
    run.account,
    run.origin,
    run.dryRun,
    run.since,
    run.until,
    JSON.stringify(beginPhase(0)),
    askedUntil,
    dueAt,
    pacedUntil,
  ]);
  return rows[0]?.id ?? null;
}

const INSERT = `INSERT INTO reconciliations (id, gateway, account, origin, dry_run, since, until, status, position,
    asked_until, due_at, paced_until, created_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, 'pending', $8, $9, $10, $11, $7)
  ON CONFLICT (gateway, account) WHERE status = 'pending' DO NOTHING RETURNING id`;

export async function findRunning(
  manager: EntityManager,
  gateway: string,
  account: string,
): Promise<string | null> {
  const [row] = await manager.query<{ id: string }[]>(`SELECT id ${OF_ACCOUNT} AND status = 'pending'`, [
    gateway,
    account,
  ]);
  return row?.id ?? null;
}
