import { isDatabaseUnavailable } from '../database/database-unavailable.js';

/**
 * Keeps the statements that end a job while the database is unavailable, in memory and in order. Without them, claimed
 * work would wait until its lease runs out, and finished work would be done again.
 *
 * Every statement must have its lease in the WHERE clause, so that it changes nothing when it comes too late.
 */
export class DeferredWrites {
  private deferred: (() => Promise<unknown>)[] = [];

  /**
   * Resolves when the statement is written, or kept because the database is unavailable. Rejects with any other error,
   * since repeating the statement would not help.
   */
  async writeOrDefer(statement: () => Promise<unknown>): Promise<void> {
    try {
      await statement();
    } catch (error) {
      if (!isDatabaseUnavailable(error)) throw error;
      this.deferred.push(statement);
    }
  }

  /**
   * Writes what was kept. A worker calls it before it claims new work. Rejects while the database is unavailable, and
   * keeps the rest. A statement that fails for another reason is dropped: its lease runs out.
   */
  async flush(): Promise<void> {
    for (let next = this.deferred[0]; next !== undefined; next = this.deferred[0]) {
      try {
        await next();
      } catch (error) {
        if (isDatabaseUnavailable(error)) throw error;
      }
      this.deferred.shift();
    }
  }
}
