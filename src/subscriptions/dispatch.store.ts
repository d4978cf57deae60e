import type { EntityManager } from 'typeorm';
import { createBulkInsert, newId, toArrayLiteral } from '../feature.js';
import type { DispatchStatus } from './dispatch.entity.js';
import type { SentEvent } from './sent-event.js';

/* The statements on `dispatches` that sending and sending again cause. */

/** A dispatch as it is written. */
export interface DispatchRow {
  readonly subscriptionId: string;
  readonly eventId: string;
  readonly eventName: string;
  readonly subjectId: string;
  readonly paymentId: string | null;
  readonly sequence: number;
  readonly status: DispatchStatus;
  readonly attempts: number;
  /** Null for what waits behind an earlier event of its subject, and for what has ended. */
  readonly dueAt: Date | null;
  readonly httpStatus: number | null;
  readonly reason: string | null;
  readonly answer: string | null;
}

/** What a dispatch says about its event. */
export function aboutEvent({ id }: { id: string }, event: SentEvent) {
  const { paymentId } = event.data;
  return {
    subscriptionId: id,
    eventId: event.id,
    eventName: event.type,
    subjectId: event.subjectId,
    paymentId: typeof paymentId === 'string' ? paymentId : null,
    sequence: event.sequence,
  };
}

const upsert = createBulkInsert(
  'dispatches',
  {
    id: 'uuid',
    subscription_id: 'uuid',
    event_id: 'uuid',
    event_name: 'text',
    subject_id: 'uuid',
    payment_id: 'uuid',
    sequence: 'bigint',
    status: 'text',
    attempts: 'integer',
    due_at: 'timestamptz',
    http_status: 'integer',
    reason: 'text',
    answer: 'text',
    created_at: 'timestamptz',
    updated_at: 'timestamptz',
  },
  {
    updateConflictOn: 'uq_dispatches_event',
    updateColumns: ['status', 'attempts', 'due_at', 'http_status', 'reason', 'answer', 'updated_at'],
  },
);

export async function saveDispatches(
  manager: EntityManager,
  rows: readonly DispatchRow[],
  now: Date,
): Promise<void> {
  await upsert(
    manager,
    rows.map((row) => ({
      id: newId(),
      subscription_id: row.subscriptionId,
      event_id: row.eventId,
      event_name: row.eventName,
      subject_id: row.subjectId,
      payment_id: row.paymentId,
      sequence: row.sequence,
      status: row.status,
      attempts: row.attempts,
      due_at: row.dueAt,
      http_status: row.httpStatus,
      reason: row.reason,
      answer: row.answer,
      created_at: now,
      updated_at: now,
    })),
  );
}

/** A dispatch whose next try is due. */
export interface DueDispatch {
  subscriptionId: string;
  eventId: string;
  sequence: number;
  attempts: number;
}

/** At most as many due dispatches of each subscription as it is asked for, those that wait longest. */
export const findDueDispatches = (
  manager: EntityManager,
  wanted: readonly { subscriptionId: string; limit: number }[],
): Promise<DueDispatch[]> =>
  manager.query<DueDispatch[]>(
    `SELECT due.subscription_id AS "subscriptionId", due.event_id AS "eventId",
       due.sequence::integer AS sequence, due.attempts
     FROM unnest($1::uuid[], $2::integer[]) AS wanted (id, most)
     CROSS JOIN LATERAL (SELECT * FROM dispatches
       WHERE subscription_id = wanted.id AND status = 'pending' AND due_at <= now()
       ORDER BY due_at LIMIT wanted.most) AS due`,
    [toArrayLiteral(wanted.map((one) => one.subscriptionId)), toArrayLiteral(wanted.map((one) => one.limit))],
  );

/** A key of what is known of one subscription: `id` is that of an event or of a subject. */
export const keyOf = (subscriptionId: string, id: string): string => `${subscriptionId} ${id}`;

/** Those of the events that have a dispatch for the subscription, as {@link keyOf}. One statement for any number. */
export const findKnownEvents = (
  manager: EntityManager,
  wanted: readonly { subscriptionId: string; eventId: string }[],
): Promise<ReadonlySet<string>> =>
  findKeys(
    manager,
    `SELECT FROM dispatches WHERE subscription_id = wanted.subscription_id AND event_id = wanted.id`,
    wanted.map(({ subscriptionId, eventId }) => ({ subscriptionId, id: eventId })),
  );

/** Those of the subjects that have a pending dispatch for the subscription, as {@link keyOf}. */
export const findBusySubjects = (
  manager: EntityManager,
  wanted: readonly { subscriptionId: string; subjectId: string }[],
): Promise<ReadonlySet<string>> =>
  findKeys(
    manager,
    `SELECT FROM dispatches
     WHERE subscription_id = wanted.subscription_id AND subject_id = wanted.id AND status = 'pending'`,
    wanted.map(({ subscriptionId, subjectId }) => ({ subscriptionId, id: subjectId })),
  );

/** LIMIT makes it a look-up by the key for each of those that are wanted. */
async function findKeys(
  manager: EntityManager,
  known: string,
  wanted: readonly { subscriptionId: string; id: string }[],
): Promise<ReadonlySet<string>> {
  if (wanted.length === 0) return new Set();
  const rows = await manager.query<{ subscriptionId: string; id: string }[]>(
    `SELECT wanted.subscription_id AS "subscriptionId", wanted.id
     FROM unnest($1::uuid[], $2::uuid[]) AS wanted (subscription_id, id) CROSS JOIN LATERAL (${known} LIMIT 1) AS known`,
    [toArrayLiteral(wanted.map((one) => one.subscriptionId)), toArrayLiteral(wanted.map((one) => one.id))],
  );
  return new Set(rows.map(({ subscriptionId, id }) => keyOf(subscriptionId, id)));
}

/** Makes the earliest pending dispatch of each of these subjects due, where it waited for an earlier one. */
export async function releaseHeld(
  manager: EntityManager,
  subjects: readonly { subscriptionId: string; subjectId: string }[],
): Promise<void> {
  if (subjects.length === 0) return;
  await manager.query(
    `UPDATE dispatches SET due_at = now() WHERE due_at IS NULL AND status = 'pending' AND id IN (
       SELECT first.id FROM unnest($1::uuid[], $2::uuid[]) AS subject (subscription_id, id)
       CROSS JOIN LATERAL (SELECT id FROM dispatches
         WHERE subscription_id = subject.subscription_id AND subject_id = subject.id AND status = 'pending'
         ORDER BY sequence LIMIT 1) AS first)`,
    [
      toArrayLiteral(subjects.map((one) => one.subscriptionId)),
      toArrayLiteral(subjects.map((one) => one.subjectId)),
    ],
  );
}

/** Makes each pending dispatch of these subjects wait that has an earlier one before it, whenever its next try was due. */
export async function holdLater(
  manager: EntityManager,
  subjects: readonly { subscriptionId: string; subjectId: string }[],
): Promise<void> {
  if (subjects.length === 0) return;
  await manager.query(
    `UPDATE dispatches later SET due_at = NULL
     FROM unnest($1::uuid[], $2::uuid[]) AS subject (subscription_id, id)
     WHERE later.subscription_id = subject.subscription_id AND later.subject_id = subject.id
       AND later.status = 'pending' AND later.due_at IS NOT NULL
       AND EXISTS (SELECT FROM dispatches earlier
         WHERE earlier.subscription_id = later.subscription_id AND earlier.subject_id = later.subject_id
           AND earlier.status = 'pending' AND earlier.sequence < later.sequence)`,
    [
      toArrayLiteral(subjects.map((one) => one.subscriptionId)),
      toArrayLiteral(subjects.map((one) => one.subjectId)),
    ],
  );
}

/** Makes everything due that waited for an earlier event: the subscription is not ordered any more. */
export async function releaseAllHeld(manager: EntityManager, subscriptionId: string): Promise<void> {
  await manager.query(
    `UPDATE dispatches SET due_at = now() WHERE subscription_id = $1 AND status = 'pending' AND due_at IS NULL`,
    [subscriptionId],
  );
}

/** Gives up what still waits for a subscriber that wants nothing any more. */
export async function giveUpPending(manager: EntityManager, subscriptionId: string): Promise<void> {
  await manager.query(
    `UPDATE dispatches SET status = 'dead', due_at = NULL, reason = 'ended', updated_at = now()
     WHERE subscription_id = $1 AND status = 'pending'`,
    [subscriptionId],
  );
}

/** Makes at most `limit` dead dispatches due again, oldest first. Returns how many, with their subjects. */
export async function reviveDead(
  manager: EntityManager,
  subscriptionId: string,
  { isOrdered, limit }: { isOrdered: boolean; limit: number },
): Promise<{ subscriptionId: string; subjectId: string }[]> {
  const [rows] = await manager.query<[{ subjectId: string }[], number]>(
    `UPDATE dispatches SET status = 'pending', attempts = 0, due_at = CASE WHEN $3 THEN NULL ELSE now() END,
       updated_at = now()
     WHERE id IN (SELECT id FROM dispatches WHERE subscription_id = $1 AND status = 'dead' ORDER BY id LIMIT $2
       FOR UPDATE) RETURNING subject_id AS "subjectId"`,
    [subscriptionId, limit, isOrdered],
  );
  return rows.map(({ subjectId }) => ({ subscriptionId, subjectId }));
}

/** How many dispatches of the subscription could be sent now, counted up to `most`. */
export async function countDue(
  manager: EntityManager,
  subscriptionId: string,
  most: number,
): Promise<number> {
  const [row] = await manager.query<{ n: number }[]>(
    `SELECT count(*)::integer AS n FROM (SELECT FROM dispatches
       WHERE subscription_id = $1 AND status = 'pending' LIMIT $2) AS waiting`,
    [subscriptionId, most],
  );
  return row?.n ?? 0;
}

/** Gives up dispatches whose event was removed by age. Returns their subjects. */
export async function giveUpWithoutEvent(
  manager: EntityManager,
  dispatches: readonly Pick<DueDispatch, 'subscriptionId' | 'eventId'>[],
): Promise<{ subscriptionId: string; subjectId: string }[]> {
  const [rows] = await manager.query<[{ subscriptionId: string; subjectId: string }[], number]>(
    `UPDATE dispatches known SET status = 'dead', due_at = NULL, reason = 'event_removed', updated_at = now()
     FROM unnest($1::uuid[], $2::uuid[]) AS gone (subscription_id, event_id)
     WHERE known.subscription_id = gone.subscription_id AND known.event_id = gone.event_id
     RETURNING known.subscription_id AS "subscriptionId", known.subject_id AS "subjectId"`,
    [
      toArrayLiteral(dispatches.map((one) => one.subscriptionId)),
      toArrayLiteral(dispatches.map((one) => one.eventId)),
    ],
  );
  return rows;
}
