import type { DataSource, EntityManager } from 'typeorm';
import { toStoredReason } from '../../platform/database/stored-text.js';
import { LeasedTable, LeaseLostError } from '../../platform/jobs/index.js';
import type { Position } from './position.js';
import { deleteItems, deleteSightings } from './reconciliation-item.store.js';
import type { Reconciliation } from './reconciliation.entity.js';

/* Every statement on `reconciliations`, but for those of new-run.store.ts. */

/** A run under way, by the names of its fields. `attempts` includes the request that begins now. */
export type ClaimedRun = Pick<
  Reconciliation,
  | 'id'
  | 'gateway'
  | 'account'
  | 'dryRun'
  | 'since'
  | 'until'
  | 'position'
  | 'askedUntil'
  | 'missing'
  | 'different'
  | 'same'
  | 'problems'
  | 'attempts'
  | 'pacedUntil'
>;

export const RECONCILIATION_TABLE = new LeasedTable<ClaimedRun>({
  table: 'reconciliations',
  dueAt: 'due_at',
  rowsOfJob: 'id = $1',
  keyOf: ({ id }) => [id],
});

const CLAIMED = `id, gateway, account, dry_run AS "dryRun", since, until, position, asked_until AS "askedUntil",
  missing, different, same, problems, attempts, paced_until AS "pacedUntil"`;

export interface RunClaim {
  readonly lease: string;
  readonly leaseMs: number;
  readonly limit: number;
  readonly now: Date;
  /** Only this run. */
  readonly id?: string;
}

/** Claims runs whose next request is due. */
export function claimRuns(
  manager: EntityManager,
  { lease, leaseMs, limit, now, id }: RunClaim,
): Promise<ClaimedRun[]> {
  return manager
    .query<[ClaimedRun[], number]>(CLAIM, [lease, leaseMs, limit, now, id ?? null])
    .then(([rows]) => rows);
}

const CLAIM = `UPDATE reconciliations SET lease = $1, leased_until = now() + $2 * interval '1 millisecond',
    attempts = attempts + 1
  WHERE id IN (
    SELECT id FROM reconciliations
    WHERE status = 'pending' AND due_at <= $4 AND (leased_until IS NULL OR leased_until < now())
      AND ($5::uuid IS NULL OR id = $5)
    ORDER BY due_at LIMIT $3 FOR UPDATE SKIP LOCKED)
  RETURNING ${CLAIMED}`;

/** A run after one request, which succeeded. */
export interface Progress {
  readonly position: Position;
  readonly askedUntil: string | null;
  readonly missing: number;
  readonly different: number;
  readonly same: number;
  readonly problems: number;
  readonly pacedUntil: Date | null;
  readonly dueAt: Date;
}

/**
 * Writes what a request brought about and gives the run back.
 * @throws LeaseLostError when another process has the run: the caller's transaction rolls back.
 */
export async function saveProgress(
  manager: EntityManager,
  id: string,
  lease: string,
  progress: Progress,
): Promise<void> {
  await changeHeld(manager, PROGRESS, [
    id,
    lease,
    JSON.stringify(progress.position),
    progress.askedUntil,
    progress.missing,
    progress.different,
    progress.same,
    progress.problems,
    progress.pacedUntil,
    progress.dueAt,
  ]);
}

const PROGRESS = `UPDATE reconciliations SET position = $3, asked_until = $4, missing = $5, different = $6, same = $7,
    problems = $8, paced_until = $9, due_at = $10, requests = requests + 1, attempts = 0, last_error = NULL,
    lease = NULL, leased_until = NULL
  WHERE id = $1 AND lease = $2`;

/** Gives the run back as it was, due at `dueAt`. `failure`: its request failed for this reason. */
export async function postponeRun(
  db: DataSource,
  id: string,
  lease: string,
  { dueAt, failure }: { dueAt: Date; failure: { reason: string; pacedUntil: Date | null } | null },
): Promise<void> {
  await db.query(failure ? FAILED_REQUEST : POSTPONE, [
    id,
    lease,
    dueAt,
    ...(failure ? [toStoredReason(failure.reason), failure.pacedUntil] : []),
  ]);
}

const POSTPONE = `UPDATE reconciliations SET due_at = $3, attempts = attempts - 1, lease = NULL, leased_until = NULL
  WHERE id = $1 AND lease = $2`;

const FAILED_REQUEST = `UPDATE reconciliations SET due_at = $3, last_error = $4, paced_until = $5,
    requests = requests + 1, lease = NULL, leased_until = NULL
  WHERE id = $1 AND lease = $2`;

/** How a run ends. */
export interface RunEnd {
  readonly status: 'completed' | 'failed';
  /** Why it failed, for an operator. */
  readonly reason?: string;
  readonly now: Date;
  /** Left out: no request was made since the run was claimed. */
  readonly pacedUntil?: Date | null;
  /** Left out: the same as before. */
  readonly askedUntil?: string | null;
}

/** Ends a run. What it stored before stays. */
export async function endRun(
  manager: EntityManager,
  { id, gateway, account, pacedUntil, askedUntil }: ClaimedRun,
  lease: string,
  end: RunEnd,
): Promise<void> {
  await changeHeld(manager, END, [
    id,
    lease,
    end.status,
    toStoredReason(end.reason),
    end.now,
    gateway,
    account,
    end.pacedUntil ?? pacedUntil,
    end.askedUntil === undefined ? askedUntil : end.askedUntil,
    end.pacedUntil === undefined ? 0 : 1,
  ]);
  await deleteSightings(manager, id);
}

/** A completed run that leaves a gap to what was covered before it covers no more than that. */
const END = `UPDATE reconciliations SET status = $3, last_error = $4, finished_at = $5, lease = NULL, leased_until = NULL,
    paced_until = $8, asked_until = $9, requests = requests + $10::integer,
    covered_until = CASE WHEN $3 = 'completed' AND NOT dry_run THEN (
      SELECT CASE WHEN max(earlier.covered_until) < reconciliations.since THEN max(earlier.covered_until)
        ELSE greatest(max(earlier.covered_until), reconciliations.until) END
      FROM reconciliations earlier WHERE earlier.gateway = $6 AND earlier.account = $7) END
  WHERE id = $1 AND lease = $2`;

async function changeHeld(
  manager: EntityManager,
  statement: string,
  parameters: readonly unknown[],
): Promise<void> {
  const [, changed] = await manager.query<[unknown, number]>(statement, [...parameters]);
  if (changed !== 1) throw new LeaseLostError();
}

/**
 * Deletes up to `most` runs that ended before `before`, with their items. The run that says how far an account is covered
 * stays, and so does its last run.
 */
export async function deleteRunsBefore(manager: EntityManager, before: Date, most: number): Promise<number> {
  const rows = await manager.query<{ id: string }[]>(EXPIRED, [before, most]);
  const ids = rows.map(({ id }) => id);
  if (ids.length === 0) return 0;
  await deleteItems(manager, ids);
  await manager.query(`DELETE FROM reconciliations WHERE id = ANY($1)`, [ids]);
  return ids.length;
}

const EXPIRED = `SELECT id FROM reconciliations run
  WHERE finished_at < $1
    AND (dry_run OR EXISTS (SELECT FROM reconciliations later WHERE later.gateway = run.gateway AND later.account = run.account
      AND NOT later.dry_run AND later.created_at > run.created_at))
    AND NOT (covered_until IS NOT NULL AND NOT EXISTS (
      SELECT FROM reconciliations later WHERE later.gateway = run.gateway AND later.account = run.account
        AND later.covered_until IS NOT NULL AND later.created_at > run.created_at))
  ORDER BY finished_at LIMIT $2`;
