import type { EntityManager } from 'typeorm';
import type { EventLog } from '../../feature.js';
import { type DueDispatch, findDueDispatches, giveUpWithoutEvent, releaseHeld } from '../dispatch.store.js';
import { lockSending } from '../sending-progress.store.js';
import type { Job } from './job.js';
import type { Subscriber } from './subscriber.js';

/**
 * Starts the tries that are due, in one look-up for all subscribers and one for all events. Resolves with true where a
 * subscriber may have more that are due.
 */
export async function retryDue(
  manager: EntityManager,
  log: EventLog,
  subscribers: readonly Subscriber[],
): Promise<boolean> {
  const free = subscribers.filter((one) => one.freeForRetries > 0);
  if (free.length === 0) return false;
  const wanted = free.map((one) => ({
    subscriptionId: one.id,
    // Those under way are due in the table until their end is written.
    limit: one.freeForRetries + one.unwritten,
  }));
  const due = await findDueDispatches(manager, wanted);
  const byId = new Map(free.map((one) => [one.id, one]));
  const fresh = due.filter((one) => byId.get(one.subscriptionId)?.has(one.eventId) === false);
  if (fresh.length === 0) return false;
  const events = await log.findAll([...new Set(fresh.map(({ eventId }) => eventId))]);
  let hasMore = false;
  for (const subscriber of free) {
    const own = fresh.filter(({ subscriptionId }) => subscriptionId === subscriber.id);
    const started = own.slice(0, subscriber.freeForRetries);
    hasMore ||= started.length > 0 && subscriber.freeForRetries === started.length;
    subscriber.retry(
      started.flatMap(({ eventId, sequence, attempts }): Job[] => {
        const event = events.get(eventId);
        return event ? [{ event: { ...event, sequence }, attempts, entry: null }] : [];
      }),
    );
  }
  const missing = fresh.filter(({ eventId }) => !events.has(eventId));
  if (missing.length > 0) await giveUp(manager, missing);
  return hasMore;
}

const giveUp = (manager: EntityManager, missing: readonly DueDispatch[]): Promise<void> =>
  manager.transaction(async (own) => {
    await lockSending(own, [...new Set(missing.map(({ subscriptionId }) => subscriptionId))]);
    await releaseHeld(own, await giveUpWithoutEvent(own, missing));
  });
