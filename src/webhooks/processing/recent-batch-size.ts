/** Long enough to hold work and the pauses between: during either alone, hardly any message is stored. */
const WINDOW_MS = 300;

/** How many messages one commit stored, on average over the last complete window of 300 ms. */
export class RecentBatchSize {
  private average = 0;
  private messages = 0;
  private commits = 0;
  private windowStart: number;

  /** `now` is a time in milliseconds, here and below. */
  constructor(now: number) {
    this.windowStart = now;
  }

  record(messages: number, now: number): void {
    this.rollWindow(now);
    this.messages += messages;
    this.commits++;
  }

  /** 0 when no message was stored in the last window. */
  averageAt(now: number): number {
    this.rollWindow(now);
    return this.average;
  }

  private rollWindow(now: number): void {
    if (now - this.windowStart < WINDOW_MS) return;
    // After two windows the counts are of a window before the last one, in which nothing was stored.
    const isOutdated = now - this.windowStart >= 2 * WINDOW_MS;
    this.average = isOutdated || this.commits === 0 ? 0 : this.messages / this.commits;
    this.messages = 0;
    this.commits = 0;
    this.windowStart = now;
  }
}
