import { addressGroup } from './address-group.js';

const MAX_ADDRESSES = 10_000;

/**
 * Counts refused requests by address, and those of IPv6 by /64. It only ever decides how a refusal is worded (429 in
 * place of what it is), never whether a request is refused: one that verifies is taken whoever else sends from there.
 */
export class RefusalLimiter {
  private readonly buckets = new Map<string, { tokens: number; at: number }>();

  /** How many refusals one address may collect at once, and how many are forgiven each second. */
  constructor(
    private readonly burst: number,
    private readonly perSecond: number,
  ) {}

  /** Seconds to wait when this address has had too many refusals, else 0. `now` in milliseconds. */
  refuse(address: string, now: number): number {
    const group = addressGroup(address);
    const tokens = this.countTokens(group, now);
    const left = Math.max(0, tokens - 1);
    // Re-inserted at the end, so that the first key is always the one idle for longest.
    this.buckets.delete(group);
    this.buckets.set(group, { tokens: left, at: now });
    if (this.buckets.size > MAX_ADDRESSES) this.deleteOldest();
    return tokens >= 1 ? 0 : Math.ceil((1 - tokens) / this.perSecond);
  }

  /** Whether the next refusal of this address is one too many. Counts nothing. */
  isLimited(address: string, now: number): boolean {
    return this.countTokens(addressGroup(address), now) < 1;
  }

  private countTokens(group: string, now: number): number {
    const bucket = this.buckets.get(group);
    if (!bucket) return this.burst;
    return Math.min(this.burst, bucket.tokens + ((now - bucket.at) / 1000) * this.perSecond);
  }

  private deleteOldest(): void {
    const oldest = this.buckets.keys().next();
    if (!oldest.done) this.buckets.delete(oldest.value);
  }
}
