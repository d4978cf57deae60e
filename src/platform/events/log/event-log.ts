import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { findStoredAt } from '../domain-event.store.js';
import { EventCatalog } from './event-catalog.js';
import {
  findHead,
  findEvents,
  findPosition,
  findPositionAt,
  readLogPage,
  type EventRow,
  type LogPage,
  type LogRow,
} from './event-log-page.store.js';

/** An event as other systems are told of it, without its place. */
export interface PublishedEvent {
  id: string;
  /** The name, as `payment.failed`. */
  type: string;
  /** When the change was stored. */
  timestamp: Date;
  /** What the event is about: a payment, an order or a customer account, by our id. */
  subjectId: string;
  /** A replay or a rebuild published it: nobody is to be mailed for it. */
  replayed: boolean;
  /** The fields that the class of the event declares as shown. Nothing in them is personal. */
  data: Readonly<Record<string, unknown>>;
}

/** An event at its place. */
export interface LoggedEvent extends PublishedEvent {
  /** Counts the events of the subject, from 1, in the order of the log. */
  sequence: number;
  /** The place in the log: a whole number in decimal. To be compared as a number. */
  position: string;
}

export interface ReadEvents {
  /** The position behind which to read; null for the oldest event that is kept. */
  after: string | null;
  /** Events at the most. */
  limit: number;
  /** As `payment.*` or `order.paid`; every event where left out. */
  topics?: readonly string[];
  mode?: 'live' | 'test';
}

export interface EventPage {
  /** In the order of the log. Fewer than asked for where the filter left out others. */
  events: readonly LoggedEvent[];
  /** The position to go on behind. */
  end: string;
  /** The position of the newest event when the page was read. The page is the last one where it equals `end`. */
  head: string;
  /** The ends of ids at `after` and `end`; null where the event is removed. For cursors. */
  afterId: string | null;
  endId: string | null;
}

/** What comes next after the position was removed by age, or the database is an older copy that never had the position. */
export class EventsExpiredError extends Error {}

/**
 * Every domain event once, in an order that never changes. Nothing is ever inserted behind what was read: an event gets
 * its place after the commit that stored it, from one process at a time (event-log-worker.ts).
 */
@Injectable()
export class EventLog {
  constructor(
    private readonly db: DataSource,
    private readonly catalog: EventCatalog,
  ) {}

  /**
   * The next events behind a position. A filter is looked for in 2,000 events at a time, so a page may be empty.
   * @throws EventsExpiredError where the next event is removed.
   */
  async read({ after, limit, topics, mode = undefined }: ReadEvents): Promise<EventPage> {
    const names = topics === undefined || topics.includes('*') ? null : topics.map(toLikePattern);
    const page = await readLogPage(this.db, { after, limit, names, mode: mode ?? null });
    if (after !== null && isOutside(after, page)) throw new EventsExpiredError();
    const { rows, end, head, afterId, endId } = page;
    return { events: rows.map((row) => this.toEvent(row)), end, head, afterId, endId };
  }

  /** The position of the newest event: behind it comes what happens from now on. */
  head(): Promise<string> {
    return findHead(this.db);
  }

  /** The position behind which everything was published at this time or later. */
  positionAt(time: Date): Promise<string> {
    return findPositionAt(this.db, time);
  }

  /** The position of an event; null where it is not in the log. */
  async positionOf(eventId: string): Promise<string | null> {
    const storedAt = await findStoredAt(this.db, eventId);
    return storedAt === null ? null : findPosition(this.db, eventId, storedAt);
  }

  /** Whether the event is stored. Its place in the log follows, at the latest when another process has ended its round. */
  async isStored(eventId: string): Promise<boolean> {
    return (await findStoredAt(this.db, eventId)) !== null;
  }

  /** One event; null where it is not in the log. */
  async find(eventId: string): Promise<LoggedEvent | null> {
    const position = await this.positionOf(eventId);
    if (position === null) return null;
    const { rows } = await readLogPage(this.db, {
      after: (BigInt(position) - 1n).toString(),
      limit: 1,
      names: null,
      mode: null,
    });
    const [row] = rows;
    return row?.id === eventId ? this.toEvent(row) : null;
  }

  /** Stored events by their ids, found in one statement. One that was removed by age is left out. */
  async findAll(eventIds: readonly string[]): Promise<ReadonlyMap<string, PublishedEvent>> {
    const rows = await findEvents(this.db, eventIds);
    return new Map(rows.map((row) => [row.id, this.toPublished(row)]));
  }

  private toEvent(row: LogRow): LoggedEvent {
    return { ...this.toPublished(row), sequence: row.sequence, position: String(row.position) };
  }

  private toPublished(row: EventRow): PublishedEvent {
    return {
      id: row.id,
      type: row.name,
      timestamp: new Date(row.created_at),
      subjectId: row.subject_id,
      replayed: row.silent,
      data: this.catalog.toData(row.name, row.payload),
    };
  }
}

const isOutside = (after: string, { head, expiredThrough }: LogPage): boolean =>
  BigInt(after) < BigInt(expiredThrough) || BigInt(after) > BigInt(head);

/** `_` and `%` stand for themselves: names of events have `_`. */
const toLikePattern = (topic: string): string => topic.replace(/[\\_%]/g, '\\$&').replace(/\.\*$/, '.%');
