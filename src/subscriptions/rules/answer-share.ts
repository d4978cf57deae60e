const MAX_ANSWER = 64 * 1024;
/** What the answers to the tries under way of one subscriber may come to: 20 of the longest. */
const SHARE = 20 * MAX_ANSWER;

/** How many tries of one subscriber may be under way, by how long its answers have been. Nothing is known at first. */
export class AnswerShare {
  private expected = MAX_ANSWER;

  /** Hears the length of an answer. A long one counts at once, and half as much with each one after it. */
  record(length: number): void {
    this.expected = Math.max(length, this.expected / 2);
  }

  mostInFlight(maxInFlight: number): number {
    return Math.min(maxInFlight, Math.floor(SHARE / this.expected));
  }
}
