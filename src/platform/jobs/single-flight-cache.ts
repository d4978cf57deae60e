/**
 * Reads an expensive value for many callers: at most one read is under way, whatever the number of callers, and the last
 * value is reused while it is young enough. A failed read rejects for the callers that share it, and is not cached: the
 * next call reads again.
 */
export class SingleFlightCache<Value> {
  private running: Promise<Value> | null = null;
  private next: Promise<Value> | null = null;
  private last: { readonly value: Value; readonly startedAt: number } | null = null;

  /** `now` is a clock in milliseconds that never goes back. */
  constructor(
    private readonly read: () => Promise<Value>,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /**
   * A read that starts after this call, so that it sees everything committed before. Calls during a read share the one
   * that follows it.
   */
  readFresh(): Promise<Value> {
    this.next ??= this.readAfterRunning();
    return this.next;
  }

  /** The value of a read that started at most `maxAgeMs` ago; otherwise the read under way, or a new one. */
  readRecent(maxAgeMs: number): Promise<Value> {
    if (this.last !== null && this.now() - this.last.startedAt <= maxAgeMs)
      return Promise.resolve(this.last.value);
    return this.running ?? this.readFresh();
  }

  /** Drops the last value, so that the next call reads again. A read under way is still shared and kept. */
  invalidate(): void {
    this.last = null;
  }

  private async readAfterRunning(): Promise<Value> {
    await this.running?.catch(() => undefined);
    // A caller that comes from here on may need to see more than this read does: it gets the next one.
    this.running = this.next;
    this.next = null;
    const startedAt = this.now();
    try {
      const value = await this.read();
      this.last = { value, startedAt };
      return value;
    } catch (error) {
      // After a failure the previous value may be wrong as well.
      this.last = null;
      throw error;
    } finally {
      this.running = null;
    }
  }
}
