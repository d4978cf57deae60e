/** Refusals stored per second: in all, of one address, and of one address that is answered with 429. */
const MAX_KEPT_PER_SECOND = 100;
const MAX_KEPT_PER_ADDRESS = 20;
const MAX_KEPT_PER_LIMITED_ADDRESS = 1;
/** Refusals diagnosed per second. A diagnosis costs about a dozen verifications. */
const MAX_DIAGNOSED_PER_SECOND = 10;

/** What is done with one refusal in addition to counting it. */
export type SamplingDecision = 'examine' | 'keep' | 'count';

/**
 * Decides for each second which refusals are stored. Under a flood only a sample is stored, so that it costs little and one
 * address cannot displace all others.
 */
export class RefusalSampler {
  private second = 0;
  private kept = 0;
  private examined = 0;
  private readonly byAddress = new Map<string, number>();

  /** `now` in milliseconds. `limited`: the address is answered with 429. */
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
