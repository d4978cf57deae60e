/** How many requests may begin in one turn of the event loop: a few milliseconds' worth. */
const REQUESTS_PER_TICK = 16;
/** Of those, how many are kept for connections with several requests waiting, while others wait too. */
const RESERVED_FOR_PIPELINING = 4;

export interface PipeliningLimits {
  /** Requests begun and not done, over all connections. */
  readonly active: number;
  /** Requests that wait on one connection. */
  readonly perConnection: number;
  /** Requests that wait behind another one of their connection, over all connections. */
  readonly queuedBehind: number;
}

/**
 * `underWay` holds several commits of the inbox (200 messages each), so that storing never waits for requests.
 * A waiting request takes about 4 kB (Node 20), `behind` of them 8 MB. No known gateway or proxy sends a second
 * request over a connection before it has the answer to the first.
 */
const LIMITS: PipeliningLimits = { active: 1_000, perConnection: 1_000, queuedBehind: 2_000 };

/**
 * Lets requests begin a few at a time, each connection in its turn, and only so many before others are done. Without
 * it a sender that puts hundreds of requests into a connection has them all begun in one turn of the event loop,
 * again and again, and everything else (genuine events, the database's answers) waits for turn after turn.
 */
export class PipeliningLimiter {
  /** Connections with one request waiting, and those with more; each in the order of its turn. */
  private readonly singleRequest = new Map<object, (() => void)[]>();
  private readonly pipelined = new Map<object, (() => void)[]>();
  private waitingCount = 0;
  private startedThisTick = 0;
  private activeCount = 0;
  private scheduled = false;

  constructor(private readonly limits: PipeliningLimits = LIMITS) {}

  /** Requests begun and not done. */
  get active(): number {
    return this.activeCount;
  }

  /** Requests that have not begun. */
  get waiting(): number {
    return this.waitingCount;
  }

  waitingOn(connection: object): number {
    return this.queueOf(connection)?.length ?? 0;
  }

  /**
   * Calls `begin` now or in a later turn, in order for each connection; false, and never, when its line is too long.
   * Of each that was begun somebody must say {@link done}, once.
   */
  admit(connection: object, begin: () => void): boolean {
    const line = this.queueOf(connection);
    this.schedule();
    if (!line && this.mayStart(REQUESTS_PER_TICK)) {
      this.start(begin);
      return true;
    }
    if (line && line.length >= this.limits.perConnection) return false;
    this.waitingCount++;
    if (!line) {
      this.singleRequest.set(connection, [begin]);
      return true;
    }
    line.push(begin);
    if (this.singleRequest.delete(connection)) this.pipelined.set(connection, line);
    return true;
  }

  /** Whether this connection may have one more waiting: those that want some share the room there is. */
  hasRoom(connection: object): boolean {
    const behind = this.waitingCount - this.singleRequest.size - this.pipelined.size;
    const share = this.limits.queuedBehind / (this.pipelined.size || 1);
    return (
      behind < this.limits.queuedBehind &&
      this.waitingOn(connection) < Math.min(share, this.limits.perConnection)
    );
  }

  /** One that was begun is done, or waits for somebody else than us. */
  done(): void {
    this.activeCount--;
    if (this.waitingCount > 0) this.schedule();
  }

  /** One that waited for somebody else goes on. It does not wait again: so there may be more than the limit. */
  resume(): void {
    this.activeCount++;
  }

  /** Forgets what waits on this connection. */
  forget(connection: object): void {
    this.waitingCount -= this.waitingOn(connection);
    this.singleRequest.delete(connection);
    this.pipelined.delete(connection);
  }

  private queueOf(connection: object): (() => void)[] | undefined {
    return this.singleRequest.get(connection) ?? this.pipelined.get(connection);
  }

  private mayStart(inThisTurn: number): boolean {
    return this.startedThisTick < inThisTurn && this.activeCount < this.limits.active;
  }

  private start(begin: () => void): void {
    this.startedThisTick++;
    this.activeCount++;
    begin();
  }

  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(() => this.runTick());
  }

  private runTick(): void {
    this.scheduled = false;
    this.startedThisTick = 0;
    this.startSome(
      this.singleRequest,
      REQUESTS_PER_TICK - (this.pipelined.size > 0 ? RESERVED_FOR_PIPELINING : 0),
    );
    this.startSome(this.pipelined, REQUESTS_PER_TICK);
    // Where nothing may begin, `done` schedules the next turn.
    if (this.waitingCount > 0 && this.activeCount < this.limits.active) this.schedule();
  }

  /** A line that is put back comes after all others, and is met again in this very loop. */
  private startSome(lines: Map<object, (() => void)[]>, inThisTurn: number): void {
    for (const [connection, line] of lines) {
      if (!this.mayStart(inThisTurn)) return;
      lines.delete(connection);
      const begin = line.shift();
      if (line.length > 0) (line.length > 1 ? this.pipelined : this.singleRequest).set(connection, line);
      this.waitingCount--;
      if (begin) this.start(begin);
    }
  }
}
