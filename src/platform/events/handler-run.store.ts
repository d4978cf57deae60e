import type { DataSource, EntityManager, SelectQueryBuilder } from 'typeorm';
import { claimInQueueOrder } from '../jobs/queue-order.js';
import { LeasedTable } from '../jobs/leased-table.js';
import { PAYLOAD_SQL } from './stored-payload.js';
import { HandlerRun, type HandlerRunStatus } from './handler-run.entity.js';

/** Every statement on `handler_runs`. */

/** What identifies a run: one event and one handler. */
export interface HandlerRunKey {
  eventId: string;
  handler: string;
}

/** Which runs are meant. All conditions that are given must hold. */
export interface HandlerRunFilter {
  status?: HandlerRunStatus;
  handler?: string;
  /** The name of the event. */
  event?: string;
}

/** A claimed run with its event, by column name. */
export interface ClaimedRun {
  event_id: string;
  handler: string;
  attempts: number;
  /** The name of the event. */
  name: string;
  subject_id: string;
  cause_id: string;
  silent: boolean;
  payload: object;
}

export const HANDLER_RUN_TABLE = new LeasedTable<ClaimedRun>({
  table: 'handler_runs',
  dueAt: 'next_attempt_at',
  rowsOfJob: 'event_id = $1 AND handler = $2',
  keyOf: ({ event_id, handler }) => [event_id, handler],
});

/** Inserts pending runs that are due at once. */
export async function insertRuns(manager: EntityManager, runs: readonly HandlerRunKey[]): Promise<void> {
  await manager.query(
    `INSERT INTO handler_runs (event_id, handler, status, attempts, next_attempt_at)
     SELECT "eventId", handler, 'pending', 0, now()
     FROM json_to_recordset($1::json) AS run ("eventId" uuid, handler text)`,
    [JSON.stringify(runs)],
  );
}

export interface RunClaim {
  lease: string;
  leaseMs: number;
  limit: number;
  /** Runs of these handlers are not claimed. */
  exceptHandlers: readonly string[];
}

/** Claims the runs that are due, the longest due first. */
export async function claimRuns(
  db: DataSource,
  { lease, leaseMs, limit, exceptHandlers }: RunClaim,
): Promise<ClaimedRun[]> {
  const [rows] = await claimInQueueOrder<[ClaimedRun[], number]>(
    db,
    `UPDATE handler_runs run SET lease = $1, leased_until = now() + $4 * interval '1 millisecond',
       attempts = attempts + 1
     FROM domain_events event
     WHERE event.id = run.event_id AND (run.event_id, run.handler) IN (
       SELECT event_id, handler FROM handler_runs
       WHERE status = 'pending' AND next_attempt_at <= now() AND (leased_until IS NULL OR leased_until < now())
         AND handler <> ALL ($3)
       ORDER BY next_attempt_at LIMIT $2 FOR UPDATE SKIP LOCKED)
     RETURNING run.event_id, run.handler, run.attempts, event.name, event.subject_id, event.cause_id,
       event.silent,
       ${PAYLOAD_SQL} AS payload`,
    [lease, limit, exceptHandlers, leaseMs],
  );
  return rows;
}

/** Removes a run that is done. False when the lease was lost: another process has the run. */
export async function deleteRun(manager: EntityManager, run: ClaimedRun, lease: string): Promise<boolean> {
  const [, deleted] = await manager.query<[unknown, number]>(
    `DELETE FROM handler_runs WHERE event_id = $1 AND handler = $2 AND lease = $3`,
    [run.event_id, run.handler, lease],
  );
  return deleted === 1;
}

/** The runs that match, each with its event. */
export function selectRuns(
  db: DataSource,
  { status, handler, event }: HandlerRunFilter,
): SelectQueryBuilder<HandlerRun> {
  const runs = db
    .getRepository(HandlerRun)
    .createQueryBuilder('run')
    .innerJoinAndSelect('run.event', 'event');
  if (status !== undefined) runs.andWhere('run.status = :status', { status });
  if (handler !== undefined) runs.andWhere('run.handler = :handler', { handler });
  if (event !== undefined) runs.andWhere('event.name = :event', { event });
  return runs;
}

/** One page of the runs that match: newest event first, then by handler. `after` is the last run of the page before. */
export function listRuns(
  db: DataSource,
  filter: HandlerRunFilter,
  limit: number,
  after: HandlerRunKey | null,
): Promise<HandlerRun[]> {
  const page = selectRuns(db, filter)
    .orderBy('run.eventId', 'DESC')
    .addOrderBy('run.handler', 'DESC')
    .limit(limit);
  if (after)
    page.andWhere('(run.eventId, run.handler) < (:eventId::uuid, :handlerId)', {
      eventId: after.eventId,
      handlerId: after.handler,
    });
  return page.getMany();
}

/**
 * Makes dead runs due at once, with all their attempts. Runs that are not dead stay as they are. Returns how many
 * changed.
 */
export async function resetDeadRuns(db: DataSource, runs: readonly HandlerRunKey[]): Promise<number> {
  const [, reset] = await db.query<[unknown, number]>(
    `UPDATE handler_runs run SET status = 'pending', attempts = 0, next_attempt_at = now(), last_error = NULL
     FROM unnest($1::uuid[], $2::text[]) AS wanted (event_id, handler)
     WHERE run.event_id = wanted.event_id AND run.handler = wanted.handler AND run.status = 'dead'`,
    [runs.map(({ eventId }) => eventId), runs.map(({ handler }) => handler)],
  );
  return reset;
}
