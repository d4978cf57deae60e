/** Requests that may start in one turn of the event loop. They take a few milliseconds. */
const REQUESTS_PER_TICK = 16;
/** How many of them are reserved for connections with several waiting requests, if there are any. */
const RESERVED_FOR_PIPELINING = 4;

export interface PipeliningLimits {
  /** Requests that have started and are not done, over all connections. */
  readonly active: number;
  /** Requests that may wait on one connection. */
  readonly perConnection: number;
  /** Requests that may wait behind another request of their connection, over all connections. */
  readonly queuedBehind: number;
}

/**
 * `active` is five times the 200 messages of one inbox commit, so that the inbox never waits for requests. A waiting
 * request takes about 4 kB (measured on Node 20), so `queuedBehind` bounds them to 8 MB. No known gateway or proxy
 * sends a second request over a connection before it has the response to the first.
 */
const LIMITS: PipeliningLimits = { active: 1_000, perConnection: 1_000, queuedBehind: 2_000 };

/**
 * Starts a few requests per turn of the event loop, each connection in turn, and limits how many are active. Without it
 * a sender that pipelines hundreds of requests over one connection starts all of them in one turn, and everything else
 * (genuine webhooks, responses of the database) waits for that turn to end.
 */
export class PipeliningLimiter {
  /** Connections with one waiting request, and connections with several, each in the order in which they are served. */
  private readonly singleRequest = new Map<object, (() => void)[]>();
  private readonly pipelined = new Map<object, (() => void)[]>();
  private waitingCount = 0;
  private startedThisTick = 0;
  private activeCount = 0;
  private scheduled = false;

  constructor(private readonly limits: PipeliningLimits = LIMITS) {}

  /** Requests that have started and are not done. */
  get active(): number {
    return this.activeCount;
  }

  /** Requests that have not started. */
  get waiting(): number {
    return this.waitingCount;
  }

  waitingOn(connection: object): number {
    return this.queueOf(connection)?.length ?? 0;
  }

  /**
   * Calls `begin` now or in a later turn, in order for each connection. Returns false, and never calls it, if too many
   * requests wait on the connection. For each started request {@link done} must be called once.
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

  /**
   * Whether one more request may wait on this connection. Connections with several waiting requests share the limit.
   */
  hasRoom(connection: object): boolean {
    const behind = this.waitingCount - this.singleRequest.size - this.pipelined.size;
    const share = this.limits.queuedBehind / (this.pipelined.size || 1);
    return (
      behind < this.limits.queuedBehind &&
      this.waitingOn(connection) < Math.min(share, this.limits.perConnection)
    );
  }

  /** Ends the use of a slot: the request is done, or waits for its sender. */
  done(): void {
    this.activeCount--;
    if (this.waitingCount > 0) this.schedule();
  }

  /**
   * Takes a slot again for a request that waited for its sender. It does not wait, so `active` may exceed its limit.
   */
  resume(): void {
    this.activeCount++;
  }

  /** Drops all waiting requests of this connection. */
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
    // If the limit of active requests is reached, `done` schedules the next turn.
    if (this.waitingCount > 0 && this.activeCount < this.limits.active) this.schedule();
  }

  /** A queue that is put back goes to the end of the map, so this loop reaches it again. */
  private startSome(queues: Map<object, (() => void)[]>, inThisTurn: number): void {
    for (const [connection, line] of queues) {
      if (!this.mayStart(inThisTurn)) return;
      queues.delete(connection);
      const begin = line.shift();
      if (line.length > 0) (line.length > 1 ? this.pipelined : this.singleRequest).set(connection, line);
      this.waitingCount--;
      if (begin) this.start(begin);
    }
  }
}
