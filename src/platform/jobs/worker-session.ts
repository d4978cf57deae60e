import { Injectable, Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { DeadSessions, releaseSession, type SessionTable } from './dead-sessions.js';
import { FailureReporter } from './failure-reporter.js';
import { createLease, sessionOfLease } from './lease.js';
import { PollingLoop } from './polling-loop.js';
import { SessionLock } from './session-lock.js';
import { GRACE_MS, LOOK_MS, WAIT_FOR_SESSION_MS } from './session-timing.js';

/** A queue whose leases belong to the session of this process. */
export interface SessionMember {
  readonly table: SessionTable;
  /** Called when there may be work: the session was taken, or the work of another was released. */
  wake(): void;
  /** Called when the session is lost for so long that another process may have the work by now. */
  giveUp?(): void;
}

/**
 * What this process claims belongs to its session, for as long as the process lives and reaches the database. A session is
 * a row of `worker_sessions` and a lock that PostgreSQL frees when the connection of the process ends. Every process looks
 * for sessions whose lock is free, and makes due what they had claimed. `docs/adr/0018` says why.
 *
 * The first queue that starts opens the session, and the last that stops closes it: a process that claims nothing has no
 * session and no connection for it.
 */
@Injectable()
export class WorkerSession {
  private readonly logger = new Logger(WorkerSession.name);
  private readonly loop = new PollingLoop(WorkerSession.name, () => this.step(), LOOK_MS);
  private readonly members = new Set<SessionMember>();
  private readonly working = new Set<SessionMember>();
  private readonly lock: SessionLock;
  private readonly deadSessions = new DeadSessions();
  private readonly failures = new FailureReporter((cause) =>
    this.logger.warn(`what a process that ended had claimed could not be released: ${cause}`),
  );
  private readonly releases = new Map<number, Promise<void>>();
  private lastHeldAt = 0;
  /** Runs from the moment when the connection of the session is lost. */
  private lostTimer: NodeJS.Timeout | undefined;
  /** Behind a pooler that shares connections no process has a session: leases end by the clock alone. */
  private isUnowned = false;
  private saidNone = false;

  constructor(private readonly db: DataSource) {
    this.lock = new SessionLock(db, () => this.becomeLost());
  }

  /** Every queue joins before the first one starts: the tables of all are released together. */
  join(member: SessionMember): void {
    this.members.add(member);
  }

  start(member: SessionMember): void {
    this.working.add(member);
    this.lastHeldAt = performance.now();
    this.loop.start();
  }

  /** Resolves when the session is closed, if no other member works. */
  async stop(member: SessionMember): Promise<void> {
    if (this.working.delete(member) && this.working.size === 0) await this.close();
  }

  /** A lease for a claim; null while a claim should wait because the session is about to be taken. */
  newLease(): string | null {
    const id = this.lock.heldId;
    if (id !== null) return createLease(id);
    if (!this.isUnowned && performance.now() - this.lastHeldAt < WAIT_FOR_SESSION_MS) return null;
    if (!this.isUnowned)
      this.sayOnce('no session with the database could be opened: leases end by the clock alone');
    return createLease(null);
  }

  /**
   * True while nobody else can have been given the work of this lease, or only because its time ran out. Ask before
   * anything that a rollback does not undo.
   */
  isHeld(lease: string): boolean {
    const session = sessionOfLease(lease);
    return session === null || session === this.lock.heldId;
  }

  private async step(): Promise<number> {
    if (this.isUnowned) return 0;
    if (this.lock.open === null) await this.take();
    if (this.isUnowned) return 0;
    const dead = await this.lock.look();
    if (dead === null) await this.becomeUnowned();
    else {
      this.lastHeldAt = performance.now();
      this.releaseDead(this.deadSessions.record(dead, performance.now()));
    }
    return 0;
  }

  private async take(): Promise<void> {
    if (!(await this.lock.take())) return this.becomeUnowned();
    clearTimeout(this.lostTimer);
    this.saidNone = false;
    this.wakeMembers();
  }

  /** Others take the work over after {@link GRACE_MS} at the earliest. A session that was taken again keeps it. */
  private becomeLost(): void {
    this.deadSessions.forget();
    clearTimeout(this.lostTimer);
    this.lostTimer = setTimeout(() => this.giveUp(), GRACE_MS);
    this.loop.wake();
  }

  private giveUp(): void {
    if (this.isUnowned || this.lock.heldId !== null) return;
    for (const member of this.working) member.giveUp?.();
  }

  private async becomeUnowned(): Promise<void> {
    this.isUnowned = true;
    this.sayOnce(
      'the database is reached through a pooler that shares its connections between transactions: what a process had ' +
        'claimed when it is killed waits until its lease runs out (docs/operating.md)',
    );
    await this.lock.drop();
    this.wakeMembers();
  }

  private sayOnce(line: string): void {
    if (!this.saidNone) this.logger.warn(line);
    this.saidNone = true;
  }

  private wakeMembers(): void {
    for (const member of this.working) member.wake();
  }

  /** Waits for none: a release may wait for rows, and the looks go on. */
  private releaseDead(ids: readonly number[]): void {
    for (const id of ids) if (!this.releases.has(id)) this.releases.set(id, this.release(id));
  }

  private async release(id: number): Promise<void> {
    try {
      const released = await this.db.transaction((manager) => releaseSession(manager, id, this.tables()));
      this.failures.recordSuccess();
      if (released === null) return;
      this.logger.log(`took over what a process that ended had claimed: ${released} rows`);
      this.wakeMembers();
    } catch (error) {
      // The next look finds the session again.
      this.failures.recordFailure(error);
    } finally {
      this.releases.delete(id);
    }
  }

  /** What could not be marked when its work ended is made due here: nobody has to find out first. */
  private async close(): Promise<void> {
    clearTimeout(this.lostTimer);
    await this.loop.stop();
    await Promise.all(this.releases.values());
    const { open, heldId } = this.lock;
    if (open !== null && heldId !== null)
      // Where it fails, the others find a dead session.
      await open.manager
        .transaction((manager) => releaseSession(manager, heldId, this.tables()))
        .catch(() => undefined);
    await this.lock.drop();
  }

  /** Each table once: several queues may share one. */
  private tables(): Iterable<SessionTable> {
    return new Set([...this.members].map(({ table }) => table));
  }
}
