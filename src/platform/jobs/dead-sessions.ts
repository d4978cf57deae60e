import type { EntityManager } from 'typeorm';
import { tryDeadSessionLock } from '../database/advisory-locks.js';
import { GRACE_MS } from './session-timing.js';
import { deleteSession } from './worker-session.store.js';

/** A table whose rows are leased. */
export interface SessionTable {
  /** Makes due at once what this session leased. Returns how many rows that were. */
  releaseSession(manager: EntityManager, sessionId: number): Promise<number>;
}

/** Tells which sessions have been dead for {@link GRACE_MS}, from what each look finds. */
export class DeadSessions {
  private readonly since = new Map<number, number>();

  /** `dead` is what a look found at the monotonic time `now`. A session that it did not find lives again, or is gone. */
  record(dead: readonly number[], now: number): number[] {
    for (const id of this.since.keys()) if (!dead.includes(id)) this.since.delete(id);
    for (const id of dead) if (!this.since.has(id)) this.since.set(id, now);
    return dead.filter((id) => now - (this.since.get(id) ?? now) >= GRACE_MS);
  }

  /** After an interruption of the looks, nothing is known of the time since the last. */
  forget(): void {
    this.since.clear();
  }
}

/**
 * Makes everything that a dead session leased due at once, and deletes the session. Returns how many rows were released;
 * null where the session lives again, or another process releases it at the moment or has done so. Must run in a
 * transaction.
 */
export async function releaseSession(
  manager: EntityManager,
  id: number,
  tables: Iterable<SessionTable>,
): Promise<number | null> {
  if (!(await tryDeadSessionLock(manager, id))) return null;
  if (!(await deleteSession(manager, id))) return null;
  let released = 0;
  for (const table of tables) released += await table.releaseSession(manager, id);
  return released;
}
