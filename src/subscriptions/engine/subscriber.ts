import type { LoggedEvent } from '../../feature.js';
import { AnswerShare } from '../rules/answer-share.js';
import { FailureBrake } from '../rules/failure-brake.js';
import { RateWindow } from '../rules/rate-window.js';
import { StopRule } from '../rules/stop-rule.js';
import type { Subscription } from '../subscription.entity.js';
import type { DispatchEnd } from '../sending/dispatch-end.js';
import type { SentEvent } from '../sent-event.js';
import type { EndedJob, Job, SubscriberPorts, Unsaved } from './job.js';
import { type LogEntry, LogProgress } from './log-progress.js';

/** Entries of the log that are read ahead of the first one that is not done. */
const MAX_ENTRIES = 5_000;
/** Events that are read ahead of those under way: enough for a tenth of a second, and all that one that hangs holds. */
const READ_AHEAD = { least: 50, most: 200 } as const;
const PAUSE_AFTER_FAULT_MS = 1_000;
const SKIPPED_SAVED_EVERY_MS = 250;

/**
 * One subscriber in the process that sends: at most `maxInFlight` tries under way and `ratePerSecond` starts in a second.
 * It holds the next few events of the log, and waits for no other subscriber. Later tries go before first ones. One whose
 * tries all fail is slowed down to about one in a second, with the events that wait kept by its place in the log.
 */
export class Subscriber {
  private readonly inFlight = new Map<string, Job>();
  private retries: Job[] = [];
  private fresh: Job[] = [];
  private ended: EndedJob[] = [];
  private held: SentEvent[] = [];
  /** Characters of the answers in `ended`. */
  answerSize = 0;
  private readonly progress: LogProgress;
  private savedAt = 0;
  private isClosed = false;
  private timer: NodeJS.Timeout | null = null;
  private timerAt = Infinity;
  private readonly answers = new AnswerShare();
  private brake = new FailureBrake();
  private readonly rate: RateWindow;
  private readonly stopRule: StopRule;

  constructor(
    private subscription: Subscription,
    private readonly ports: SubscriberPorts,
    /** Events up to this place may have dispatches that another process wrote; those behind it have none. */
    readonly knownUpTo: string,
  ) {
    this.progress = new LogProgress(subscription.position ?? '');
    this.stopRule = new StopRule(subscription.deadInARow);
    this.rate = new RateWindow(subscription.ratePerSecond);
  }

  get id(): string {
    return this.subscription.id;
  }
  get position(): string {
    return this.progress.readTo;
  }
  get settings(): Subscription {
    return this.subscription;
  }
  /** How many due dispatches it can take in. */
  get freeForRetries(): number {
    if (this.isClosed) return 0;
    return Math.max(0, this.subscription.maxInFlight - this.inFlight.size - this.retries.length);
  }
  /** How many events of the log it can take in. */
  get freeForEvents(): number {
    const ahead = Math.max(READ_AHEAD.least, Math.min(READ_AHEAD.most, 2 * this.subscription.maxInFlight));
    return Math.max(0, ahead - this.fresh.length);
  }
  /** How many dispatches it knows more of than their rows say. */
  get unwritten(): number {
    return this.inFlight.size + this.retries.length + this.ended.length;
  }
  /** Closed, and nothing of it is under way or unsaved. */
  get isOver(): boolean {
    return this.isClosed && this.inFlight.size === 0 && this.ended.length === 0 && this.held.length === 0;
  }
  get isReading(): boolean {
    const isShort = this.fresh.length < this.subscription.maxInFlight;
    return !this.isClosed && isShort && this.progress.length < MAX_ENTRIES;
  }

  /** Takes changed settings, and starts what could not be started before. */
  configure(subscription: Subscription): void {
    if (subscription.url !== this.subscription.url) this.brake = new FailureBrake();
    this.subscription = subscription;
    this.rate.setRate(subscription.ratePerSecond);
    this.pump();
  }

  /** Starts nothing more. What is not started is read again by whoever goes on. */
  close(): void {
    this.isClosed = true;
    this.retries = [];
    this.fresh = [];
    if (this.timer !== null) clearTimeout(this.timer);
  }

  /** Closes it because its subscription is not active any more. What ends late cannot pause it again after a resume. */
  stop(): void {
    this.close();
    this.stopRule.endRun();
  }

  /** Whether it knows more of the event than its row says: the row may be due while the try is under way or unsaved. */
  has(eventId: string): boolean {
    return (
      this.inFlight.has(eventId) ||
      this.retries.some(({ event }) => event.id === eventId) ||
      this.fresh.some(({ event }) => event.id === eventId) ||
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
    const unwritten = this.subjectsThatWait();
    for (const event of events) {
      const isSent = isWanted(event);
      const entry = this.progress.add(event.position, !isSent);
      if (!isSent) continue;
      if (isBusy(event) || unwritten.has(event.subjectId)) this.hold(event, entry);
      else this.fresh.push({ event, attempts: 0, entry });
    }
    this.progress.add(end, true);
    this.pump();
  }

  /** Takes dispatches whose next try is due. */
  retry(jobs: readonly Job[]): void {
    if (this.isClosed) return;
    this.retries.push(...jobs);
    this.pump();
  }

  /** What is to be written; null for nothing. What is returned counts as written. */
  takeUnsaved(nowMs: number): Unsaved | null {
    const { ended, held, subscription, answerSize } = this;
    for (const { job } of ended) if (job.entry !== null) job.entry.isDone = true;
    const isWorthIt =
      ended.length > 0 ||
      held.length > 0 ||
      (!this.progress.isSaved && nowMs - this.savedAt > SKIPPED_SAVED_EVERY_MS);
    if (!isWorthIt) return null;
    this.ended = [];
    this.held = [];
    this.answerSize = 0;
    this.savedAt = nowMs;
    const position = this.progress.save();
    return { subscription, ended, held, position, stop: this.stopRule.take(), answerSize };
  }

  /** Subjects of an ordered subscription that wait for a later try, which no row tells yet: it ended after the rows were read. */
  private subjectsThatWait(): ReadonlySet<string> {
    if (!this.subscription.ordered) return new Set();
    const failed = this.ended.filter(({ end }) => end.status === 'pending').map(({ job }) => job.event);
    return new Set([...failed, ...this.held].map(({ subjectId }) => subjectId));
  }

  private hold(event: SentEvent, entry: LogEntry | null): void {
    this.held.push(event);
    if (entry !== null) entry.isDone = true;
  }

  /** Starts what may be started. */
  pump(): void {
    while (
      !this.isClosed &&
      this.inFlight.size < this.answers.mostInFlight(this.subscription.maxInFlight) &&
      this.ports.mayStart()
    ) {
      const now = performance.now();
      const waitMs = Math.max(this.rate.waitMs(now), this.brake.waitMs(now));
      if (waitMs > 0) return this.pumpLater(waitMs);
      const job = this.takeNext();
      if (job === null) return;
      this.start(job);
    }
  }

  /** The earliest of what is asked for holds. */
  private pumpLater(ms: number): void {
    const at = performance.now() + ms;
    if (this.timer !== null) {
      if (at >= this.timerAt) return;
      clearTimeout(this.timer);
    }
    this.timerAt = at;
    this.timer = setTimeout(() => {
      this.timer = null;
      this.pump();
    }, ms);
  }

  private takeNext(): Job | null {
    return this.takeFrom(this.retries) ?? this.takeFrom(this.fresh);
  }

  /** Of an ordered subscription the first whose subject has nothing under way. */
  private takeFrom(queue: Job[]): Job | null {
    if (!this.subscription.ordered) return queue.shift() ?? null;
    const busy = new Set([...this.inFlight.values()].map(({ event }) => event.subjectId));
    const at = queue.findIndex(({ event }) => !busy.has(event.subjectId));
    return at < 0 ? null : (queue.splice(at, 1)[0] ?? null);
  }

  private start(job: Job): void {
    const { url } = this.subscription;
    this.inFlight.set(job.event.id, job);
    const now = performance.now();
    this.rate.record(now);
    this.brake.recordStart(now);
    this.ports.send(job, this.subscription).then(
      (end) => this.finish(job, url, end),
      () => this.finish(job, url, null),
    );
  }

  private finish(job: Job, url: string, end: DispatchEnd | null): void {
    this.inFlight.delete(job.event.id);
    if (end === null) {
      if (this.isClosed) return;
      (job.entry === null ? this.retries : this.fresh).unshift(job);
      return this.pumpLater(PAUSE_AFTER_FAULT_MS);
    }
    this.ended.push({ job, end, endedAt: new Date(), isLate: this.stopRule.isRunOver });
    this.answerSize += end.answer?.length ?? 0;
    this.answers.record(end.answer?.length ?? 0);
    // The end of a URL that was changed says nothing of the new one.
    if (url === this.subscription.url) {
      this.stopRule.record(end, url);
      this.brake.record(end.status === 'delivered');
    }
    // Nothing is started between the answer that stops a subscription and the moment when that is written.
    if (this.stopRule.stop !== null) this.stop();
    if (this.subscription.ordered && end.status === 'pending') this.holdSubject(job.event.subjectId);
    this.pump();
  }

  /** What waits of the subject gets rows, so that the log can be read on while the earlier event is retried. */
  private holdSubject(subjectId: string): void {
    for (const { event, entry } of this.fresh) if (event.subjectId === subjectId) this.hold(event, entry);
    this.fresh = this.fresh.filter(({ event }) => event.subjectId !== subjectId);
  }
}
