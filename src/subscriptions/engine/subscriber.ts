import type { LoggedEvent } from '../../feature.js';
import { RateWindow } from '../rules/rate-window.js';
import type { Subscription } from '../subscription.entity.js';
import type { DispatchEnd } from '../sending/dispatch-end.js';

/** An event that is to be sent. */
export interface Job {
  readonly event: LoggedEvent;
  /** Tries before this one. */
  readonly attempts: number;
  /** Its entry in the part of the log that was read; null for a later try, which has its row. */
  readonly entry: LogEntry | null;
}

/** A part of the log that was read. Once it is done, what is known of it stands in the table. */
interface LogEntry {
  position: string;
  isDone: boolean;
}

export interface EndedJob {
  readonly job: Job;
  readonly end: DispatchEnd;
  readonly endedAt: Date;
}

/** What is to be written of a subscriber. */
export interface Unsaved {
  readonly subscription: Subscription;
  readonly ended: readonly EndedJob[];
  /** Events that wait behind an earlier one of their subject. */
  readonly held: readonly LoggedEvent[];
  readonly position: string;
}

export interface SubscriberPorts {
  /** Null where the try did not come about and is not counted. */
  readonly send: (job: Job, subscription: Subscription) => Promise<DispatchEnd | null>;
  /** False when nothing may be started, because this process is not the one that sends. */
  readonly mayStart: () => boolean;
}

/** Entries of the log that are read ahead of the first one that is not done. */
const MAX_ENTRIES = 5_000;
const PAUSE_AFTER_FAULT_MS = 1_000;
const SKIPPED_SAVED_EVERY_MS = 250;

/**
 * One subscriber in the process that sends: at most `maxInFlight` tries under way and `ratePerSecond` starts in a second.
 * It holds what was read of the log and was not sent, and waits for no other subscriber.
 */
export class Subscriber {
  private readonly inFlight = new Map<string, Job>();
  private waiting: Job[] = [];
  private entries: LogEntry[] = [];
  private ended: EndedJob[] = [];
  private held: LoggedEvent[] = [];
  private readPosition: string;
  private savedPosition: string;
  private savedAt = 0;
  private isClosed = false;
  private timer: NodeJS.Timeout | null = null;
  private readonly rate: RateWindow;

  constructor(
    private subscription: Subscription,
    private readonly ports: SubscriberPorts,
    /** Events up to this place may have dispatches that another process wrote; those behind it have none. */
    readonly knownUpTo: string,
  ) {
    this.readPosition = this.savedPosition = subscription.position ?? '';
    this.rate = new RateWindow(subscription.ratePerSecond);
  }

  get id(): string {
    return this.subscription.id;
  }
  get position(): string {
    return this.readPosition;
  }
  get settings(): Subscription {
    return this.subscription;
  }
  /** How many more dispatches it could start, as far as is known now. */
  get free(): number {
    return this.isClosed ? 0 : this.subscription.maxInFlight - this.inFlight.size - this.waiting.length;
  }
  /** Closed, and nothing of it is under way or unsaved. */
  get isOver(): boolean {
    return this.isClosed && this.inFlight.size === 0 && this.ended.length === 0 && this.held.length === 0;
  }
  get isReading(): boolean {
    return this.free > 0 && this.entries.length < MAX_ENTRIES;
  }

  /** Takes changed settings, and starts what could not be started before. */
  configure(subscription: Subscription): void {
    this.subscription = subscription;
    this.rate.setRate(subscription.ratePerSecond);
    this.pump();
  }

  /** Starts nothing more. What is not started is read again by whoever goes on. */
  close(): void {
    this.isClosed = true;
    this.waiting = [];
    if (this.timer !== null) clearTimeout(this.timer);
  }

  /** Whether it knows more of the event than its row says: the row may be due while the try is under way or unsaved. */
  has(eventId: string): boolean {
    return (
      this.inFlight.has(eventId) ||
      this.waiting.some(({ event }) => event.id === eventId) ||
      this.ended.some(({ job }) => job.event.id === eventId) ||
      this.held.some(({ id }) => id === eventId)
    );
  }

  /** Takes in a part of the log that was read: `isWanted` says which events are sent, and `isBusy` which wait. */
  takeIn(
    events: readonly LoggedEvent[],
    end: string,
    { isWanted, isBusy }: Readonly<Record<'isWanted' | 'isBusy', (event: LoggedEvent) => boolean>>,
  ): void {
    if (this.isClosed) return;
    for (const event of events) {
      const isSent = isWanted(event);
      const entry = this.addEntry(event.position, !isSent);
      if (!isSent) continue;
      if (isBusy(event) || this.isRetried(event.subjectId)) this.hold(event, entry);
      else this.waiting.push({ event, attempts: 0, entry });
    }
    this.addEntry(end, true);
    this.readPosition = end;
    this.pump();
  }

  /** Takes dispatches whose next try is due. They go first. */
  retry(jobs: readonly Job[]): void {
    if (this.isClosed) return;
    this.waiting.unshift(...jobs);
    this.pump();
  }

  /** What is to be written; null for nothing. What is returned counts as written. */
  takeUnsaved(nowMs: number): Unsaved | null {
    const { ended, held, subscription } = this;
    for (const { job } of ended) if (job.entry !== null) job.entry.isDone = true;
    const done = this.entries.findIndex((entry) => !entry.isDone);
    const passed = this.entries.splice(0, done < 0 ? this.entries.length : done).at(-1);
    const position = passed?.position ?? this.savedPosition;
    const isWorthIt =
      ended.length > 0 ||
      held.length > 0 ||
      (position !== this.savedPosition && nowMs - this.savedAt > SKIPPED_SAVED_EVERY_MS);
    if (!isWorthIt) {
      if (passed !== undefined) this.entries.unshift(passed);
      return null;
    }
    this.ended = [];
    this.held = [];
    this.savedPosition = position;
    this.savedAt = nowMs;
    return { subscription, ended, held, position };
  }

  private addEntry(position: string, isDone: boolean): LogEntry {
    const last = this.entries.at(-1);
    if (isDone && last?.isDone === true) {
      last.position = position;
      return last;
    }
    const entry = { position, isDone };
    this.entries.push(entry);
    return entry;
  }

  private hold(event: LoggedEvent, entry: LogEntry | null): void {
    this.held.push(event);
    if (entry !== null) entry.isDone = true;
  }

  private pump(): void {
    while (!this.isClosed && this.inFlight.size < this.subscription.maxInFlight && this.ports.mayStart()) {
      const waitMs = this.rate.waitMs(performance.now());
      if (waitMs > 0) return this.pumpLater(waitMs);
      const job = this.takeNext();
      if (job === null) return;
      this.start(job);
    }
  }

  private pumpLater(ms: number): void {
    this.timer ??= setTimeout(() => {
      this.timer = null;
      this.pump();
    }, ms);
  }

  /** Of an ordered subscription the first whose subject has nothing under way. */
  private takeNext(): Job | null {
    const busy = new Set([...this.inFlight.values()].map(({ event }) => event.subjectId));
    const at = this.subscription.ordered
      ? this.waiting.findIndex(({ event }) => !busy.has(event.subjectId))
      : 0;
    return at < 0 ? null : (this.waiting.splice(at, 1)[0] ?? null);
  }

  private start(job: Job): void {
    this.inFlight.set(job.event.id, job);
    this.rate.record(performance.now());
    this.ports.send(job, this.subscription).then(
      (end) => this.finish(job, end),
      () => this.finish(job, null),
    );
  }

  private finish(job: Job, end: DispatchEnd | null): void {
    this.inFlight.delete(job.event.id);
    if (end === null) {
      if (this.isClosed) return;
      this.waiting.unshift(job);
      return this.pumpLater(PAUSE_AFTER_FAULT_MS);
    }
    this.ended.push({ job, end, endedAt: new Date() });
    // The subscriber wants nothing more. The database hears of it with the next write, which may take long.
    if (end.isGone) this.close();
    if (this.subscription.ordered && end.status === 'pending') this.holdSubject(job.event.subjectId);
    this.pump();
  }

  /** Whether the subject waits for a later try that no row tells yet: the try ended after the rows were read. */
  private isRetried(subjectId: string): boolean {
    return (
      this.subscription.ordered &&
      (this.held.some((event) => event.subjectId === subjectId) ||
        this.ended.some(({ job, end }) => end.status === 'pending' && job.event.subjectId === subjectId))
    );
  }

  /** What waits of the subject gets rows, so that the log can be read on while the earlier event is retried. */
  private holdSubject(subjectId: string): void {
    for (const { event, entry } of this.waiting)
      if (event.subjectId === subjectId && entry !== null) this.hold(event, entry);
    this.waiting = this.waiting.filter(({ event, entry }) => event.subjectId !== subjectId || entry === null);
  }
}
