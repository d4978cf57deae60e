/** How many refused requests are kept in a second, how many of one address, and of one that is told 429. */
const KEPT = 100;
const KEPT_OF_ONE = 20;
const KEPT_OF_LIMITED = 1;
/** How many of them are looked at more closely, which costs a dozen verifications each. */
const EXAMINED = 10;

/** What is done about one refused request beyond counting it. */
export type Attention = 'examine' | 'keep' | 'count';

/**
 * Decides, second by second, which refused requests are worth a row: under a flood a few of them, so that a flood
 * costs little and one address cannot push all others out of sight.
 */
export class RefusalSample {
  private second = 0;
  private kept = 0;
  private examined = 0;
  private readonly byAddress = new Map<string, number>();

  /** `now` in milliseconds. `limited`: the address has had too many refusals already. */
  attend(address: string, limited: boolean, now: number): Attention {
    this.begin(Math.floor(now / 1000));
    const ofOne = this.byAddress.get(address) ?? 0;
    if (this.kept >= KEPT || ofOne >= (limited ? KEPT_OF_LIMITED : KEPT_OF_ONE)) return 'count';
    this.kept++;
    this.byAddress.set(address, ofOne + 1);
    return this.examined++ < EXAMINED ? 'examine' : 'keep';
  }

  private begin(second: number): void {
    if (second === this.second) return;
    this.second = second;
    this.kept = 0;
    this.examined = 0;
    this.byAddress.clear();
  }
}
