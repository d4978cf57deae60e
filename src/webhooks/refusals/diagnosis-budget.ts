/** A fiftieth of one core. */
const REFILL_MS_PER_SECOND = 20;
/** What is not spent is kept for so long: a person trying things out gets an answer each time. */
const MAX_MS = 200;

/**
 * How much time may go into looking closer at refused requests, over all of them: anybody can send those. What one
 * step takes beyond what is left is owed, and paid back before the next. `clock` is in milliseconds.
 */
export class DiagnosisBudget {
  private left = MAX_MS;
  private refilledAt: number;
  private beganAt = 0;

  constructor(private readonly clock: () => number) {
    this.refilledAt = clock();
  }

  /** Before the first step of an examination: may it be made? */
  begin(): boolean {
    this.beganAt = this.clock();
    this.refill();
    return this.left > 0;
  }

  /** After each step: takes off what it took, and tells whether the next may be made. */
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
