/** How many refused requests are kept in a second, how many of one address, and of one that is told 429. */
const MAX_KEPT_PER_SECOND = 100;
const MAX_KEPT_PER_ADDRESS = 20;
const MAX_KEPT_PER_LIMITED_ADDRESS = 1;
/** How many of them are looked at more closely, which costs a dozen verifications each. */
const MAX_DIAGNOSED_PER_SECOND = 10;

/** What is done about one refused request beyond counting it. */
export type SamplingDecision = 'examine' | 'keep' | 'count';

/**
 * Decides, second by second, which refused requests are worth a row: under a flood a few of them, so that a flood
 * costs little and one address cannot push all others out of sight.
 */
export class RefusalSampler {
  private second = 0;
  private kept = 0;
  private examined = 0;
  private readonly byAddress = new Map<string, number>();

  /** `now` in milliseconds. `limited`: the address has had too many refusals already. */
  decide(address: string, limited: boolean, now: number): SamplingDecision {
    this.startSecond(Math.floor(now / 1000));
    const ofOne = this.byAddress.get(address) ?? 0;
    if (
      this.kept >= MAX_KEPT_PER_SECOND ||
      ofOne >= (limited ? MAX_KEPT_PER_LIMITED_ADDRESS : MAX_KEPT_PER_ADDRESS)
    )
      return 'count';
    this.kept++;
    this.byAddress.set(address, ofOne + 1);
    return this.examined++ < MAX_DIAGNOSED_PER_SECOND ? 'examine' : 'keep';
  }

  private startSecond(second: number): void {
    if (second === this.second) return;
    this.second = second;
    this.kept = 0;
    this.examined = 0;
    this.byAddress.clear();
  }
}
