/** A while that holds work and the pauses between: in either alone hardly anything may be stored. */
const WHILE_MS = 300;

/** How many messages went to disk in one commit, on average over the last while. */
export class CompanyLately {
  private average = 0;
  private messages = 0;
  private commits = 0;
  private since: number;

  /** `now` in milliseconds, as everywhere below. */
  constructor(now: number) {
    this.since = now;
  }

  note(messages: number, now: number): void {
    this.turn(now);
    this.messages += messages;
    this.commits++;
  }

  /** 0 when nothing was stored for a while: what was is over. */
  at(now: number): number {
    this.turn(now);
    return this.average;
  }

  private turn(now: number): void {
    if (now - this.since < WHILE_MS) return;
    // Where two whiles have gone by, this one is long over as well.
    const isOver = now - this.since >= 2 * WHILE_MS;
    this.average = isOver || this.commits === 0 ? 0 : this.messages / this.commits;
    this.messages = 0;
    this.commits = 0;
    this.since = now;
  }
}
