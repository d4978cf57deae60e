/**
 * Shares one costly reading among all who ask for it, so that at most one is under way whatever the number of callers.
 * A reading that fails rejects for everyone who shares it; the next call reads again.
 */
export class SingleFlightCache<Value> {
  private running: Promise<Value> | null = null;
  private next: Promise<Value> | null = null;
  private last: { readonly value: Value; readonly beganAt: number } | null = null;

  /** `now` is a clock in milliseconds that never goes back. */
  constructor(
    private readonly read: () => Promise<Value>,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /**
   * A reading that begins after this call: it holds whatever was committed before. Callers that come while one is
   * under way share the one that follows it.
   */
  readFresh(): Promise<Value> {
    this.next ??= this.afterRunning();
    return this.next;
  }

  /** A reading that began at most `maxAgeMs` ago, or else the one that is under way, or else a fresh one. */
  readRecent(maxAgeMs: number): Promise<Value> {
    if (this.last !== null && this.now() - this.last.beganAt <= maxAgeMs)
      return Promise.resolve(this.last.value);
    return this.running ?? this.readFresh();
  }

  private async afterRunning(): Promise<Value> {
    await this.running?.catch(() => undefined);
    // Those who come from here on may ask for more than this reading will see.
    this.running = this.next;
    this.next = null;
    const beganAt = this.now();
    try {
      const value = await this.read();
      this.last = { value, beganAt };
      return value;
    } catch (error) {
      // What was read before is no longer known to hold.
      this.last = null;
      throw error;
    } finally {
      this.running = null;
    }
  }
}
