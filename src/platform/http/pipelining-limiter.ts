/** How many requests may begin in one turn of the event loop: a few milliseconds' worth. */
const A_TURN = 16;
/** Of those, how many are kept for connections with several requests waiting, while others wait too. */
const FOR_CROWDS = 4;

export interface TurnstileLimits {
  /** Requests begun and not done, over all connections. */
  readonly underWay: number;
  /** Requests that wait on one connection. */
  readonly inLine: number;
  /** Requests that wait behind another one of their connection, over all connections. */
  readonly behind: number;
}

/**
 * `underWay` holds several commits of the inbox (200 messages each), so that storing never waits for requests.
 * A waiting request takes about 4 kB (Node 20), `behind` of them 8 MB. No known gateway or proxy sends a second
 * request over a connection before it has the answer to the first.
 */
const LIMITS: TurnstileLimits = { underWay: 1_000, inLine: 1_000, behind: 2_000 };

/**
 * Lets requests begin a few at a time, each connection in its turn, and only so many before others are done. Without
 * it a sender that puts hundreds of requests into a connection has them all begun in one turn of the event loop,
 * again and again, and everything else (genuine events, the database's answers) waits for turn after turn.
 */
export class Turnstile {
  /** Connections with one request waiting, and those with more; each in the order of its turn. */
  private readonly single = new Map<object, (() => void)[]>();
  private readonly crowded = new Map<object, (() => void)[]>();
  private inAll = 0;
  private begun = 0;
  private notDone = 0;
  private scheduled = false;

  constructor(private readonly limits: TurnstileLimits = LIMITS) {}

  /** Requests begun and not done. */
  get underWay(): number {
    return this.notDone;
  }

  /** Requests that have not begun. */
  get waiting(): number {
    return this.inAll;
  }

  waitingOn(connection: object): number {
    return this.lineOf(connection)?.length ?? 0;
  }

  /**
   * Calls `begin` now or in a later turn, in order for each connection; false, and never, when its line is too long.
   * Of each that was begun somebody must say {@link done}, once.
   */
  pass(connection: object, begin: () => void): boolean {
    const line = this.lineOf(connection);
    this.schedule();
    if (!line && this.mayBegin(A_TURN)) {
      this.start(begin);
      return true;
    }
    if (line && line.length >= this.limits.inLine) return false;
    this.inAll++;
    if (!line) {
      this.single.set(connection, [begin]);
      return true;
    }
    line.push(begin);
    if (this.single.delete(connection)) this.crowded.set(connection, line);
    return true;
  }

  /** Whether this connection may have one more waiting: those that want some share the room there is. */
  hasRoom(connection: object): boolean {
    const behind = this.inAll - this.single.size - this.crowded.size;
    const share = this.limits.behind / (this.crowded.size || 1);
    return behind < this.limits.behind && this.waitingOn(connection) < Math.min(share, this.limits.inLine);
  }

  /** One that was begun is done, or waits for somebody else than us. */
  done(): void {
    this.notDone--;
    if (this.inAll > 0) this.schedule();
  }

  /** One that waited for somebody else goes on. It does not wait again: so there may be more than the limit. */
  goOn(): void {
    this.notDone++;
  }

  /** Forgets what waits on this connection. */
  leave(connection: object): void {
    this.inAll -= this.waitingOn(connection);
    this.single.delete(connection);
    this.crowded.delete(connection);
  }

  private lineOf(connection: object): (() => void)[] | undefined {
    return this.single.get(connection) ?? this.crowded.get(connection);
  }

  private mayBegin(inThisTurn: number): boolean {
    return this.begun < inThisTurn && this.notDone < this.limits.underWay;
  }

  private start(begin: () => void): void {
    this.begun++;
    this.notDone++;
    begin();
  }

  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(() => this.turn());
  }

  private turn(): void {
    this.scheduled = false;
    this.begun = 0;
    this.beginSome(this.single, A_TURN - (this.crowded.size > 0 ? FOR_CROWDS : 0));
    this.beginSome(this.crowded, A_TURN);
    // Where nothing may begin, `done` schedules the next turn.
    if (this.inAll > 0 && this.notDone < this.limits.underWay) this.schedule();
  }

  /** A line that is put back comes after all others, and is met again in this very loop. */
  private beginSome(lines: Map<object, (() => void)[]>, inThisTurn: number): void {
    for (const [connection, line] of lines) {
      if (!this.mayBegin(inThisTurn)) return;
      lines.delete(connection);
      const begin = line.shift();
      if (line.length > 0) (line.length > 1 ? this.crowded : this.single).set(connection, line);
      this.inAll--;
      if (begin) this.start(begin);
    }
  }
}
