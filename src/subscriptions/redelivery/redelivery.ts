import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { EventLog, type LoggedEvent, notFound } from '../../feature.js';
import { databaseTime } from '../database-time.js';
import {
  aboutEvent,
  countDue,
  findKnownEvents,
  holdLater,
  type DispatchRow,
  keyOf,
  releaseHeld,
  reviveDead,
  saveDispatches,
} from '../dispatch.store.js';
import { readKept } from '../read-kept.js';
import { isWanted } from '../rules/topics.js';
import type { Subscription } from '../subscription.entity.js';
import { notAllowedNow } from '../subscription-problems.js';
import { changeSubscription, findRedelivering, lockSubscription } from '../subscription.store.js';

const EVENTS_PER_STEP = 500;
/** No more events are taken to be sent again while so many wait. */
const MAX_WAITING = 1_000;
/** Dead dispatches of one statement. */
const DEAD_PER_STATEMENT = 1_000;

/** Sends events again that were sent before, with their own ids. */
@Injectable()
export class Redelivery {
  constructor(
    private readonly db: DataSource,
    private readonly log: EventLog,
  ) {}

  /**
   * One event of the log, whether it was sent before or not, and whatever the topics are. @throws Problem 404 where it is
   * not there, or the filter keeps it from the subscriber.
   */
  async ofEvent(id: string, eventId: string): Promise<number> {
    const event = await this.log.find(eventId);
    return this.db.transaction(async (manager) => {
      const subscription = await lockKnown(manager, id);
      if (event === null || !isWanted({ topics: ['*'], filter: subscription.filter }, event))
        throw notFound('event');
      await sendAgain(manager, subscription, [event]);
      return 1;
    });
  }

  /** Every dead dispatch. */
  async ofFailed(id: string): Promise<number> {
    let events = 0;
    for (;;) {
      const revived = await this.db.transaction(async (manager) => {
        const { ordered } = await lockKnown(manager, id);
        const rows = await reviveDead(manager, id, { isOrdered: ordered, limit: DEAD_PER_STATEMENT });
        if (ordered) await putInOrder(manager, rows);
        return rows.length;
      });
      events += revived;
      if (revived < DEAD_PER_STATEMENT) return events;
    }
  }

  /**
   * Every event that was stored since, up to now. A job goes through the log, in steps. What it has not reached of an
   * earlier call stays asked for.
   */
  async since(id: string, time: Date): Promise<void> {
    const redeliverAfter = await this.log.positionAt(time);
    const redeliverUntil = await this.log.head();
    await this.db.transaction(async (manager) => {
      const known = await lockKnown(manager, id);
      await changeSubscription(manager, id, {
        redeliverAfter: lowest(redeliverAfter, known.redeliverAfter),
        redeliverUntil: highest(redeliverUntil, known.redeliverUntil),
      });
    });
  }

  /** One step of {@link since}, of one subscription. Resolves with the number of events that were looked at. */
  step(): Promise<number> {
    return this.db.transaction(async (manager) => {
      for (const subscription of await findRedelivering(manager)) {
        if ((await countDue(manager, subscription.id, MAX_WAITING)) >= MAX_WAITING) continue;
        return this.goOn(manager, subscription);
      }
      return 0;
    });
  }

  private async goOn(manager: EntityManager, subscription: Subscription): Promise<number> {
    const { id, topics, filter, redeliverAfter, redeliverUntil } = subscription;
    const until = BigInt(redeliverUntil ?? 0);
    const { events, end } = await readKept(this.log, {
      ...{ after: redeliverAfter, limit: EVENTS_PER_STEP, topics, mode: filter.mode },
    });
    const wanted = events.filter((event) => BigInt(event.position) <= until && isWanted(subscription, event));
    await sendAgain(manager, subscription, wanted);
    const isOver = BigInt(end) >= until || end === redeliverAfter;
    await changeSubscription(manager, id, {
      redeliverAfter: isOver ? null : end,
      redeliverUntil: isOver ? null : redeliverUntil,
    });
    return 1;
  }
}

/**
 * Writes a row for each event that is not sent anyway: it has one, lies before the place of the subscription in the log, or
 * is of no topic of it. Of an ordered subscription the first event of each subject is due, and the others wait for it.
 */
async function sendAgain(
  manager: EntityManager,
  subscription: Subscription,
  events: readonly LoggedEvent[],
): Promise<void> {
  const now = await databaseTime(manager);
  const known = await findKnownEvents(
    manager,
    events.map(({ id }) => ({ subscriptionId: subscription.id, eventId: id })),
  );
  const place = BigInt(subscription.position ?? 0);
  const read = events.filter(
    (event) =>
      known.has(keyOf(subscription.id, event.id)) ||
      BigInt(event.position) <= place ||
      !isWanted(subscription, event),
  );
  const rows = read.map((event): DispatchRow => ({
    ...aboutEvent(subscription, event),
    ...{ status: 'pending', attempts: 0, dueAt: subscription.ordered ? null : now },
    ...{ httpStatus: null, reason: null, answer: null },
  }));
  await saveDispatches(manager, rows, now);
  if (subscription.ordered) await putInOrder(manager, rows);
}

/** The earliest event of each subject is due, and the others wait for it: those, too, that were tried already. */
async function putInOrder(
  manager: EntityManager,
  subjects: readonly { subscriptionId: string; subjectId: string }[],
): Promise<void> {
  await holdLater(manager, subjects);
  await releaseHeld(manager, subjects);
}

const lowest = (one: string, other: string | null): string =>
  other !== null && BigInt(other) < BigInt(one) ? other : one;

const highest = (one: string, other: string | null): string =>
  other !== null && BigInt(other) > BigInt(one) ? other : one;

/** @throws Problem 404, or 409 where nothing is sent to the subscriber. */
async function lockKnown(manager: EntityManager, id: string): Promise<Subscription> {
  const known = await lockSubscription(manager, id);
  if (known === null) throw notFound('subscription');
  if (known.status === 'unconfirmed' || known.status === 'ended')
    throw notAllowedNow(`the subscription is ${known.status}: nothing is sent to it`);
  return known;
}
