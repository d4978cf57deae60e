import type { EntityManager } from 'typeorm';
import { toArrayLiteral } from '../feature.js';
import { Subscription } from './subscription.entity.js';

/* The statements on `dispatch_runner`, and those on `subscriptions` that sending causes. */

/**
 * Makes this process the one that sends, or keeps it so, for `leaseMs`. Nothing is written where another process sends, or
 * where nobody is subscribed and this process is not busy. `kept` says that no other process has sent since it was taken.
 */
export async function takeRunner(
  manager: EntityManager,
  process: string,
  { leaseMs, isBusy }: { leaseMs: number; isBusy: boolean },
): Promise<'kept' | 'taken' | 'no'> {
  const [rows] = await manager.query<[{ kept: boolean }[], number]>(
    `UPDATE dispatch_runner runner SET process = $1, until = now() + $2 * interval '1 millisecond'
     FROM (SELECT process FROM dispatch_runner FOR UPDATE) AS before
     WHERE (runner.process = $1 OR runner.process IS NULL OR runner.until < now())
       AND ($3 OR EXISTS (SELECT FROM subscriptions WHERE status = 'active'))
     RETURNING before.process IS NOT DISTINCT FROM $1::uuid AS kept`,
    [process, leaseMs, isBusy],
  );
  const [row] = rows;
  if (row === undefined) return 'no';
  return row.kept ? 'kept' : 'taken';
}

/** Lets another process take over at once. */
export async function releaseRunner(manager: EntityManager, process: string): Promise<void> {
  await manager.query('UPDATE dispatch_runner SET process = NULL, until = now() WHERE process = $1', [
    process,
  ]);
}

export const findActiveSubscriptions = (manager: EntityManager): Promise<Subscription[]> =>
  manager.getRepository(Subscription).findBy({ status: 'active' });

/** When each active subscription was changed last, by its id. */
export async function findActiveVersions(manager: EntityManager): Promise<ReadonlyMap<string, number>> {
  const rows = await manager.query<{ id: string; updatedAt: Date }[]>(
    `SELECT id, updated_at AS "updatedAt" FROM subscriptions WHERE status = 'active'`,
  );
  return new Map(rows.map(({ id, updatedAt }) => [id, updatedAt.getTime()]));
}

/**
 * Locks the rows until the transaction ends. Whoever writes subscriptions and their dispatches in one transaction takes the
 * subscriptions first, by their ids. Resolves with the ids of those that are ordered.
 */
export async function lockSending(
  manager: EntityManager,
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  const rows = await manager.query<{ id: string; ordered: boolean }[]>(
    'SELECT id, ordered FROM subscriptions WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE',
    [toArrayLiteral(ids)],
  );
  return new Set(rows.filter(({ ordered }) => ordered).map(({ id }) => id));
}

/** What happened at one subscriber since it was written last. */
export interface SendingProgress {
  readonly subscriptionId: string;
  /** Everything up to this place of the log was sent, or has a dispatch. */
  readonly position: string;
  readonly lastSuccessAt: Date | null;
  /** The first failed try after the last success of these, or the first of all where none succeeded; null for none. */
  readonly failingFrom: Date | null;
  /** Dispatches given up after the last success of these. */
  readonly deadSince: number;
}

/** Resolves with those of the subscriptions that have ended. */
export async function saveProgress(
  manager: EntityManager,
  progress: readonly SendingProgress[],
): Promise<readonly string[]> {
  const [rows] = await manager.query<[{ id: string; hasEnded: boolean }[], number]>(
    `UPDATE subscriptions known SET position = made.position,
       last_success_at = coalesce(made.success, known.last_success_at),
       failing_since = CASE WHEN made.success IS NULL THEN coalesce(known.failing_since, made.failing)
         ELSE made.failing END,
       dead_in_a_row = made.dead + CASE WHEN made.success IS NULL THEN known.dead_in_a_row ELSE 0 END
     FROM unnest($1::uuid[], $2::bigint[], $3::timestamptz[], $4::timestamptz[], $5::integer[])
       AS made (id, position, success, failing, dead)
     WHERE known.id = made.id RETURNING known.id, known.status = 'ended' AS "hasEnded"`,
    [
      toArrayLiteral(progress.map((one) => one.subscriptionId)),
      toArrayLiteral(progress.map((one) => one.position)),
      toArrayLiteral(progress.map((one) => one.lastSuccessAt)),
      toArrayLiteral(progress.map((one) => one.failingFrom)),
      toArrayLiteral(progress.map((one) => one.deadSince)),
    ],
  );
  return rows.flatMap(({ id, hasEnded }) => (hasEnded ? [id] : []));
}
