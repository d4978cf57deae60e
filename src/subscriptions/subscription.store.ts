import type { EntityManager } from 'typeorm';
import { Subscription } from './subscription.entity.js';

/* The statements on `subscriptions` that operators and their challenges cause. Those of sending are in sending-progress.store.ts. */

/** Columns that a statement changes. `updated_at` is written with them. */
export type SubscriptionChange = Partial<Omit<Subscription, 'id' | 'createdAt' | 'updatedAt'>>;

export const insertSubscription = async (manager: EntityManager, row: Subscription): Promise<void> => {
  await manager.getRepository(Subscription).insert(row);
};

export const findSubscription = (manager: EntityManager, id: string): Promise<Subscription | null> =>
  manager.getRepository(Subscription).findOneBy({ id });

/** Locks the row until the transaction ends. */
export const lockSubscription = (manager: EntityManager, id: string): Promise<Subscription | null> =>
  manager.getRepository(Subscription).findOne({ where: { id }, lock: { mode: 'pessimistic_write' } });

export const changeSubscription = async (
  manager: EntityManager,
  id: string,
  change: SubscriptionChange,
): Promise<void> => {
  await manager.getRepository(Subscription).update({ id }, { ...change, updatedAt: new Date() });
};

export async function deleteSubscription(manager: EntityManager, id: string): Promise<boolean> {
  const { affected } = await manager.getRepository(Subscription).delete({ id });
  return affected === 1;
}

export const countSubscriptions = (manager: EntityManager): Promise<number> =>
  manager.getRepository(Subscription).count();

/** At most `limit` subscriptions, newest first, older than the id `cursor`. */
export const findSubscriptionPage = (
  manager: EntityManager,
  cursor: string | undefined,
  limit: number,
): Promise<Subscription[]> => {
  const page = manager
    .getRepository(Subscription)
    .createQueryBuilder('one')
    .orderBy('one.id', 'DESC')
    .limit(limit);
  if (cursor !== undefined) page.where('one.id < :cursor', { cursor });
  return page.getMany();
};

/**
 * Takes at most `limit` subscriptions whose challenge is due, and lets none of them be due for `leaseMs`: a process that is
 * killed while it sends loses no challenge.
 */
export async function takeDueChallenges(
  manager: EntityManager,
  limit: number,
  leaseMs: number,
): Promise<string[]> {
  const [rows] = await manager.query<[{ id: string }[], number]>(
    `UPDATE subscriptions SET challenge_due_at = now() + $2 * interval '1 millisecond'
     WHERE id IN (SELECT id FROM subscriptions WHERE challenge_due_at <= now() AND status = 'unconfirmed'
       ORDER BY challenge_due_at LIMIT $1 FOR UPDATE SKIP LOCKED)
     RETURNING id`,
    [limit, leaseMs],
  );
  return rows.map(({ id }) => id);
}

/** A subscription without a success for longer than an hour, which the operator was not told of. */
export const findFailing = (manager: EntityManager, before: Date): Promise<Subscription[]> =>
  manager
    .getRepository(Subscription)
    .createQueryBuilder('one')
    .where(`one.status = 'active' AND one.failing_since < :before`, { before })
    .getMany();

/** Forgets the secrets whose time after a rotation is over. */
export async function dropPreviousSecrets(manager: EntityManager, now: Date): Promise<void> {
  await manager.query(
    `UPDATE subscriptions SET previous_secret = NULL, previous_secret_until = NULL
     WHERE id IN (SELECT id FROM subscriptions WHERE previous_secret_until <= $1 ORDER BY id FOR UPDATE)`,
    [now],
  );
}

/**
 * Ends a subscription (`gone`) or pauses it (`five_dead`) because of what the subscriber at this URL did. False where it was
 * not active any more, or its URL has changed. One that is paused ends all the same.
 */
export async function stopSending(
  manager: EntityManager,
  id: string,
  { reason, url }: { reason: 'gone' | 'five_dead'; url: string },
): Promise<boolean> {
  const [, stopped] = await manager.query<[unknown, number]>(
    `UPDATE subscriptions SET status = CASE WHEN $2 = 'gone' THEN 'ended' ELSE 'paused' END, status_reason = $2,
       updated_at = now(), dead_in_a_row = 0
     WHERE id = $1 AND url = $3 AND (status = 'active' OR status = 'paused' AND $2 = 'gone')`,
    [id, reason, url],
  );
  return stopped === 1;
}

/** The subscriptions whose events are sent again, locked; those that another process works on are left out. */
export const findRedelivering = (manager: EntityManager): Promise<Subscription[]> =>
  manager
    .getRepository(Subscription)
    .createQueryBuilder('one')
    .where(`one.redeliver_after IS NOT NULL AND one.status IN ('active', 'paused')`)
    .orderBy('one.id')
    .setLock('pessimistic_write')
    .setOnLocked('skip_locked')
    .getMany();
