const SECOND_MS = 1000;

/** Allows at most `perSecond` starts within any second. Times are milliseconds of a clock that never goes back. */
export class RateWindow {
  private starts: number[] = [];

  constructor(private perSecond: number) {}

  setRate(perSecond: number): void {
    this.perSecond = perSecond;
  }

  /** Milliseconds until a start is allowed; 0 for now. */
  waitMs(now: number): number {
    while (this.starts[0] !== undefined && now - this.starts[0] >= SECOND_MS) this.starts.shift();
    const oldest = this.starts[this.starts.length - this.perSecond];
    return oldest === undefined ? 0 : Math.max(0, oldest + SECOND_MS - now);
  }

  record(now: number): void {
    this.starts.push(now);
  }
}
