import type { Stop } from '../rules/stop-rule.js';
import type { DispatchEnd } from '../sending/dispatch-end.js';
import type { SentEvent } from '../sent-event.js';
import type { Subscription } from '../subscription.entity.js';
import type { LogEntry } from './log-progress.js';

/** An event that is to be sent. */
export interface Job {
  readonly event: SentEvent;
  /** Tries before this one. */
  readonly attempts: number;
  /** Its entry in the part of the log that was read; null for a later try, which has its row. */
  readonly entry: LogEntry | null;
}

export interface EndedJob {
  readonly job: Job;
  readonly end: DispatchEnd;
  readonly endedAt: Date;
  /** It ended after the subscription was paused, and counts for no run of dead events: a resume begins another one. */
  readonly isLate: boolean;
}

/** What is to be written of a subscriber. */
export interface Unsaved {
  readonly subscription: Subscription;
  readonly ended: readonly EndedJob[];
  /** Events that wait behind an earlier one of their subject. */
  readonly held: readonly SentEvent[];
  readonly position: string;
  readonly stop: Stop | null;
  /** Characters of the answers in `ended`. */
  readonly answerSize: number;
}

export interface SubscriberPorts {
  /** Null where the try did not come about and is not counted. */
  readonly send: (job: Job, subscription: Subscription) => Promise<DispatchEnd | null>;
  /** False when nothing may be started: another process sends, or too much of answers is not written yet. */
  readonly mayStart: () => boolean;
}
