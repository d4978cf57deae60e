/** A fiftieth of one core. */
const MS_A_SECOND = 20;
/** What is not spent is kept for so long: a person trying things out gets an answer each time. */
const MOST_MS = 200;

/**
 * How much time may go into looking closer at refused requests, over all of them: anybody can send those. What one
 * step takes beyond what is left is owed, and paid back before the next. `clock` is in milliseconds.
 */
export class ExaminationBudget {
  private left = MOST_MS;
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
  goesOn(): boolean {
    const now = this.clock();
    this.left -= now - this.beganAt;
    this.beganAt = now;
    this.refill();
    return this.left > 0;
  }

  private refill(): void {
    const now = this.clock();
    this.left = Math.min(MOST_MS, this.left + ((now - this.refilledAt) / 1_000) * MS_A_SECOND);
    this.refilledAt = now;
  }
}
