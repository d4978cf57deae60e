/** How many requests may begin in one turn of the event loop: a few milliseconds' worth. */
const A_TURN = 16;
/** A sender that has so many requests under way over one connection is no gateway. */
const MOST_IN_LINE = 1_000;

/**
 * Lets requests begin a few at a time, each connection in its turn. Without it a sender that puts hundreds of
 * requests into a connection has them all begun in one turn of the event loop, again and again, and everything else
 * (genuine events, the database's answers) waits for turn after long turn.
 */
export class Turnstile {
  private readonly lines = new Map<object, (() => void)[]>();
  private begun = 0;
  private scheduled = false;

  /** Calls `begin` now or in a later turn, in order for each connection; false, and never, when its line is too long. */
  pass(connection: object, begin: () => void): boolean {
    const line = this.lines.get(connection);
    this.schedule();
    if (!line && this.begun < A_TURN) {
      this.begun++;
      begin();
      return true;
    }
    if (line && line.length >= MOST_IN_LINE) return false;
    if (line) line.push(begin);
    else this.lines.set(connection, [begin]);
    return true;
  }

  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(() => this.turn());
  }

  private turn(): void {
    this.scheduled = false;
    this.begun = 0;
    // A line that is put back comes after all others, and is met again in this very loop.
    for (const [connection, line] of this.lines) {
      if (this.begun >= A_TURN) break;
      this.begun++;
      this.lines.delete(connection);
      const begin = line.shift();
      if (line.length > 0) this.lines.set(connection, line);
      begin?.();
    }
    if (this.lines.size > 0) this.schedule();
  }
}
