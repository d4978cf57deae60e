/** So many events in a row that were given up pause a subscription. */
const DEAD_IN_A_ROW = 5;

/** The subscriber stops its subscription: it wants nothing any more (410), or its events are given up one after the other. */
export interface Stop {
  readonly reason: 'gone' | 'five_dead';
  /** Where the last try was sent to. The URL may have changed since. */
  readonly url: string;
}

/** Hears the end of every try of one subscriber, and says when its subscription is stopped. */
export class StopRule {
  private found: Stop | null = null;
  private isOver = false;

  /** `deadInARow`: events that were given up since the last one that was delivered. */
  constructor(private deadInARow: number) {}

  get stop(): Stop | null {
    return this.found;
  }

  get isRunOver(): boolean {
    return this.isOver;
  }

  /** Events that are given up later are not counted. */
  endRun(): void {
    this.isOver = true;
  }

  /** The stop is handed on once. */
  take(): Stop | null {
    const { found } = this;
    this.found = null;
    return found;
  }

  record(
    { status, isGone }: { status: 'delivered' | 'pending' | 'dead'; isGone: boolean },
    url: string,
  ): void {
    if (status !== 'pending' && !this.isOver) this.deadInARow = status === 'dead' ? this.deadInARow + 1 : 0;
    if (isGone) this.found = { reason: 'gone', url };
    else if (!this.isOver && this.deadInARow >= DEAD_IN_A_ROW) this.found ??= { reason: 'five_dead', url };
  }
}
