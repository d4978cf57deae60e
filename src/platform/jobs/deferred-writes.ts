import { isDatabaseAway } from '../database/database-unavailable.js';

/**
 * Marks that the database could not take when the work they are about had ended: kept in memory, in order, until it
 * can. Without them what was claimed would lie until its lease runs out, and what was done would be done again. Every
 * such mark must hold its lease in its WHERE, so that one which comes too late changes nothing.
 */
export class OwedWrites {
  private owed: (() => Promise<unknown>)[] = [];

  /** Resolves when written, or owed. Rejects with what is wrong with the statement itself. */
  async write(statement: () => Promise<unknown>): Promise<void> {
    try {
      await statement();
    } catch (error) {
      if (!isDatabaseAway(error)) throw error;
      this.owed.push(statement);
    }
  }

  /** Writes what is owed; call it before new work is claimed. Rejects, and keeps the rest, while the database is away. */
  async settle(): Promise<void> {
    for (let next = this.owed[0]; next !== undefined; next = this.owed[0]) {
      try {
        await next();
      } catch (error) {
        if (isDatabaseAway(error)) throw error;
      }
      this.owed.shift();
    }
  }
}
