/** A while that holds work and the pauses between: in either alone hardly anything may be stored. */
const WINDOW_MS = 300;

/** How many messages went to disk in one commit, on average over the last while. */
export class RecentBatchSize {
  private average = 0;
  private messages = 0;
  private commits = 0;
  private windowStart: number;

  /** `now` in milliseconds, as everywhere below. */
  constructor(now: number) {
    this.windowStart = now;
  }

  record(messages: number, now: number): void {
    this.rollWindow(now);
    this.messages += messages;
    this.commits++;
  }

  /** 0 when nothing was stored for a while: what was is over. */
  averageAt(now: number): number {
    this.rollWindow(now);
    return this.average;
  }

  private rollWindow(now: number): void {
    if (now - this.windowStart < WINDOW_MS) return;
    // Where two whiles have gone by, this one is long over as well.
    const isOver = now - this.windowStart >= 2 * WINDOW_MS;
    this.average = isOver || this.commits === 0 ? 0 : this.messages / this.commits;
    this.messages = 0;
    this.commits = 0;
    this.windowStart = now;
  }
}
