/** 2 % of one core. */
const REFILL_MS_PER_SECOND = 20;
/** Unused time is saved for so long, so that a person who tests by hand gets a diagnosis each time. */
const MAX_MS = 200;

/**
 * Bounds the time for diagnosing refused requests, over all requests, because anybody can send them. A step that takes
 * longer than the rest of the budget makes it negative, and the next step waits until it is positive again. `clock` is in
 * milliseconds.
 */
export class DiagnosisBudget {
  private left = MAX_MS;
  private refilledAt: number;
  private beganAt = 0;

  constructor(private readonly clock: () => number) {
    this.refilledAt = clock();
  }

  /** Whether a diagnosis may start. */
  begin(): boolean {
    this.beganAt = this.clock();
    this.refill();
    return this.left > 0;
  }

  /** Subtracts the time of the last step, and returns whether the next step may run. */
  mayContinue(): boolean {
    const now = this.clock();
    this.left -= now - this.beganAt;
    this.beganAt = now;
    this.refill();
    return this.left > 0;
  }

  private refill(): void {
    const now = this.clock();
    this.left = Math.min(MAX_MS, this.left + ((now - this.refilledAt) / 1_000) * REFILL_MS_PER_SECOND);
    this.refilledAt = now;
  }
}
