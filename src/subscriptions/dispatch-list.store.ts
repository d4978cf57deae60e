import type { EntityManager } from 'typeorm';
import { toArrayLiteral } from '../feature.js';
import { Dispatch, type DispatchStatus } from './dispatch.entity.js';
import { lockSending } from './sending-progress.store.js';

/* The statements on `dispatches` that show, clear and remove what is past. */

/** At most `limit` dispatches of a subscription, newest first. */
export async function findDispatchPage(
  manager: EntityManager,
  {
    subscriptionId,
    status,
    cursor,
  }: { subscriptionId: string; status?: DispatchStatus | undefined; cursor?: string | undefined },
  limit: number,
): Promise<Dispatch[]> {
  const page = manager
    .getRepository(Dispatch)
    .createQueryBuilder('one')
    .where('one.subscriptionId = :subscriptionId', { subscriptionId })
    .orderBy('one.id', 'DESC')
    .limit(limit);
  if (status !== undefined) page.andWhere('one.status = :status', { status });
  if (cursor !== undefined) page.andWhere('one.id < :cursor', { cursor });
  return page.getMany();
}

/**
 * Clears answers about these payments, and answers in which one of the identifiers stands. Returns how many. A subscriber
 * may repeat a person in its answer; there are 30 days of dispatches at the most.
 */
export async function clearAnswers(
  manager: EntityManager,
  paymentIds: readonly string[],
  identifiers: readonly string[],
): Promise<number> {
  const found = await manager.query<{ id: string; subscriptionId: string }[]>(
    `SELECT id, subscription_id AS "subscriptionId" FROM dispatches
     WHERE answer IS NOT NULL AND (payment_id = ANY($1)
       OR EXISTS (SELECT FROM unnest($2::text[]) AS person (name) WHERE strpos(lower(answer), lower(name)) > 0))`,
    [[...paymentIds], [...identifiers]],
  );
  if (found.length === 0) return 0;
  // Sending writes several dispatches in one transaction, in another order than this statement.
  await lockSending(manager, [...new Set(found.map(({ subscriptionId }) => subscriptionId))]);
  const [, cleared] = await manager.query<[unknown, number]>(
    'UPDATE dispatches SET answer = NULL WHERE id = ANY($1::uuid[]) AND answer IS NOT NULL',
    [toArrayLiteral(found.map(({ id }) => id))],
  );
  return cleared;
}

/** Clears at most `most` answers of dispatches that did not change since `before`. */
export async function expireAnswers(manager: EntityManager, before: Date, most: number): Promise<number> {
  const [, expired] = await manager.query<[unknown, number]>(
    `UPDATE dispatches SET answer = NULL WHERE id IN (
       SELECT id FROM dispatches WHERE updated_at < $1 AND answer IS NOT NULL
       ORDER BY updated_at LIMIT $2 FOR UPDATE SKIP LOCKED)`,
    [before, most],
  );
  return expired;
}

/** Deletes at most `most` dispatches that ended before `before`, or whose subscription was deleted. */
export async function deleteDispatches(manager: EntityManager, before: Date, most: number): Promise<number> {
  const [, old] = await manager.query<[unknown, number]>(
    `DELETE FROM dispatches WHERE id IN (
       SELECT id FROM dispatches WHERE updated_at < $1 AND status <> 'pending'
       ORDER BY updated_at LIMIT $2 FOR UPDATE SKIP LOCKED)`,
    [before, most],
  );
  const [, orphans] = await manager.query<[unknown, number]>(DELETE_ORPHANS, [most]);
  return old + orphans;
}

/** Goes from one subscription to the next by the index, so it reads no dispatch of a subscription that is there. */
const DELETE_ORPHANS = `WITH RECURSIVE own AS (
    (SELECT subscription_id AS id FROM dispatches ORDER BY subscription_id LIMIT 1)
    UNION ALL
    SELECT (SELECT subscription_id FROM dispatches WHERE subscription_id > own.id ORDER BY subscription_id LIMIT 1)
    FROM own WHERE own.id IS NOT NULL)
  DELETE FROM dispatches WHERE id IN (
    SELECT gone.id FROM own CROSS JOIN LATERAL (
      SELECT id FROM dispatches WHERE subscription_id = own.id LIMIT $1 FOR UPDATE SKIP LOCKED) AS gone
    WHERE NOT EXISTS (SELECT FROM subscriptions known WHERE known.id = own.id) LIMIT $1)`;
