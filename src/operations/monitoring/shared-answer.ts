/**
 * An answer that many may ask for and that is found once for all: one question under way at a time, and what it brought
 * serves for `freshMs`. So whoever asks in a loop costs no more than one question a `freshMs`. A failure is not kept.
 */
export class SharedAnswer<Answer> {
  private underWay: Promise<Answer> | null = null;
  private last: { readonly answer: Answer; readonly at: number } | null = null;

  constructor(
    private readonly find: () => Promise<Answer>,
    private readonly freshMs: number,
    private readonly now: () => number = () => performance.now(),
  ) {}

  get(): Promise<Answer> {
    if (this.last !== null && this.now() - this.last.at < this.freshMs)
      return Promise.resolve(this.last.answer);
    this.underWay ??= this.ask().finally(() => (this.underWay = null));
    return this.underWay;
  }

  /** What was found is out of date: who asks next has it found anew. */
  forget(): void {
    this.last = null;
  }

  private async ask(): Promise<Answer> {
    const answer = await this.find();
    this.last = { answer, at: this.now() };
    return answer;
  }
}
