import { isDatabaseUnavailable } from '../database/database-unavailable.js';

/**
 * Marks that the database could not take when the work they are about had ended: kept in memory, in order, until it
 * can. Without them what was claimed would lie until its lease runs out, and what was done would be done again. Every
 * such mark must hold its lease in its WHERE, so that one which comes too late changes nothing.
 */
export class DeferredWrites {
  private deferred: (() => Promise<unknown>)[] = [];

  /** Resolves when written, or owed. Rejects with what is wrong with the statement itself. */
  async writeOrDefer(statement: () => Promise<unknown>): Promise<void> {
    try {
      await statement();
    } catch (error) {
      if (!isDatabaseUnavailable(error)) throw error;
      this.deferred.push(statement);
    }
  }

  /** Writes what is owed; call it before new work is claimed. Rejects, and keeps the rest, while the database is away. */
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
