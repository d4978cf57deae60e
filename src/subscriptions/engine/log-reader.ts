import type { EntityManager } from 'typeorm';
import type { EventLog, LoggedEvent } from '../../feature.js';
import { findBusySubjects, findKnownEvents, keyOf } from '../dispatch.store.js';
import { tellOfMissed } from '../missed-events.js';
import { isWanted } from '../rules/topics.js';
import { LogPages, type LogPart } from './log-pages.js';
import type { Subscriber } from './subscriber.js';

/** Reads of the log in one step. However many subscribers catch up, a step takes no longer. */
const READS_PER_STEP = 4;

/** What one subscriber takes in at once. */
interface Portion {
  readonly subscriber: Subscriber;
  readonly events: readonly LoggedEvent[];
  /** Those of the events that it asked for. */
  readonly wanted: readonly LoggedEvent[];
  readonly end: string;
}

/**
 * Reads the log on for those subscribers that can take more: the number of statements of a step does not depend on how many
 * there are. One that hangs takes nothing in, so nothing is read for it.
 */
export class LogReader {
  private readonly pages: LogPages;
  private steps = 0;
  /** The step in which a subscriber last took something in. */
  private served = new WeakMap<Subscriber, number>();

  constructor(private readonly log: EventLog) {
    this.pages = new LogPages(log);
  }

  forget(): void {
    this.pages.clear();
  }

  /**
   * Resolves with how many subscribers can take more at once. Which of them were changed is asked after their events were
   * read: a change, a pause or an end of a subscription holds for every event that was published after it. Those take in
   * nothing in this step, and hold up no other.
   */
  async readOn(
    manager: EntityManager,
    subscribers: readonly Subscriber[],
    findChanged: (subscribers: readonly Subscriber[]) => Promise<ReadonlySet<Subscriber>>,
  ): Promise<number> {
    const reading = subscribers.filter((one) => one.isReading);
    if (reading.length === 0) return 0;
    const head = await this.log.head();
    const behind = reading.filter((one) => one.position !== head);
    const read = await this.portionsFor(this.inTurn(behind));
    if (read.length === 0) return 0;
    const changed = await findChanged(read.map(({ subscriber }) => subscriber));
    const portions = read.filter(({ subscriber }) => !changed.has(subscriber));
    const known = await findKnownEvents(manager, portions.flatMap(thatMayBeKnown));
    const busy = await findBusySubjects(manager, portions.flatMap(thatMayBeBusy));
    for (const { subscriber, events, end } of portions)
      await tellOfMissed(manager, subscriber.settings, { after: subscriber.position, events, end });
    this.steps++;
    for (const { subscriber, events, wanted, end } of portions) {
      const sent = new Set(wanted.filter(({ id }) => !known.has(keyOf(subscriber.id, id))));
      subscriber.takeIn(events, end, {
        isWanted: (event) => sent.has(event),
        isBusy: ({ subjectId }) => busy.has(keyOf(subscriber.id, subjectId)),
      });
      this.served.set(subscriber, this.steps);
    }
    return behind.filter((one) => one.isReading && one.position !== head).length;
  }

  /** Those that are furthest ahead first, as they share what is read; then those that waited longest. */
  private inTurn(subscribers: readonly Subscriber[]): Subscriber[] {
    const furthest = Math.max(...subscribers.map(({ position }) => Number(position)));
    const turnOf = (one: Subscriber): number =>
      Number(one.position) === furthest ? -1 : (this.served.get(one) ?? 0);
    return [...subscribers].sort((one, other) => turnOf(one) - turnOf(other));
  }

  private async portionsFor(subscribers: readonly Subscriber[]): Promise<Portion[]> {
    const portions: Portion[] = [];
    let reads = 0;
    for (const subscriber of subscribers) {
      let part = this.pages.find(subscriber.position);
      if (part === null && reads < READS_PER_STEP) {
        part = await this.pages.read(subscriber.position);
        reads++;
      }
      if (part !== null) portions.push(portionOf(subscriber, part));
    }
    return portions;
  }
}

/** As many events as the subscriber can take in, and what it does not want between them. */
function portionOf(subscriber: Subscriber, { events, end }: LogPart): Portion {
  const wanted: LoggedEvent[] = [];
  for (const [at, event] of events.entries()) {
    if (!isWanted(subscriber.settings, event)) continue;
    if (wanted.length === subscriber.freeForEvents)
      return { subscriber, wanted, events: events.slice(0, at), end: events[at - 1]?.position ?? end };
    wanted.push(event);
  }
  return { subscriber, wanted, events, end };
}

/** Events that another process may have written down. */
const thatMayBeKnown = ({ subscriber, wanted }: Portion) =>
  wanted
    .filter(({ position }) => Number(position) <= Number(subscriber.knownUpTo))
    .map(({ id }) => ({ subscriptionId: subscriber.id, eventId: id }));

const thatMayBeBusy = ({ subscriber, wanted }: Portion) =>
  subscriber.settings.ordered
    ? wanted.map(({ subjectId }) => ({ subscriptionId: subscriber.id, subjectId }))
    : [];
