/** Sustained, for each account and process. A live Stripe account answers 100 reads a second, a test account 25. */
const PER_SECOND = 20;
/** The end of a sale, or a page that everybody reloads. */
const BURST = 200;

/** Bounds how many confirmations of one account are looked at: what a browser brings is a stranger's. */
export class ConfirmationRate {
  private left = BURST;
  private refilledAt: number;

  /** `clock` is in milliseconds and never goes back. */
  constructor(private readonly clock: () => number) {
    this.refilledAt = clock();
  }

  /** Null: the confirmation may go on. Else the number of seconds to wait. */
  take(): number | null {
    const now = this.clock();
    this.left = Math.min(BURST, this.left + ((now - this.refilledAt) / 1_000) * PER_SECOND);
    this.refilledAt = now;
    if (this.left < 1) return Math.ceil((1 - this.left) / PER_SECOND);
    this.left--;
    return null;
  }
}
