/**
 * A fixed number of pieces of work under way at a time. Each ends on its own, so a slow one holds its own slot and
 * delays no other: a worker claims `free` pieces, starts them, and claims again when one has ended.
 */
export class Slots {
  private readonly running = new Set<Promise<void>>();

  constructor(
    private readonly size: number,
    /** Called when a slot becomes free. */
    private readonly onFree: () => void,
  ) {}

  get free(): number {
    return this.size - this.running.size;
  }

  /** Takes a slot until `work` ends. `failed` hears of what it throws, and must not throw itself. */
  start(work: () => Promise<void>, failed: (error: unknown) => void): void {
    const running = work()
      .catch(failed)
      .finally(() => {
        this.running.delete(running);
        this.onFree();
      });
    this.running.add(running);
  }

  /** Resolves when all that was started by now has ended. */
  async drained(): Promise<void> {
    await Promise.all(this.running);
  }
}
