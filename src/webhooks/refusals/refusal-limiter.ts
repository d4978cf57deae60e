import { addressGroup } from './address-group.js';

const MAX_ADDRESSES = 10_000;

/**
 * Counts refusals by address, for IPv6 by /64 network. It only decides whether a refusal is answered with 429 in place of
 * its own status. It never decides whether a request is refused: a request that verifies is always accepted.
 */
export class RefusalLimiter {
  private readonly buckets = new Map<string, { tokens: number; at: number }>();

  /** A token bucket per address: `burst` tokens, refilled with `perSecond` tokens per second. */
  constructor(
    private readonly burst: number,
    private readonly perSecond: number,
  ) {}

  /** Counts a refusal. Returns the seconds to wait if the address has too many refusals, else 0. `now` in milliseconds. */
  refuse(address: string, now: number): number {
    const group = addressGroup(address);
    const tokens = this.countTokens(group, now);
    const left = Math.max(0, tokens - 1);
    // Inserted again at the end, so that the first key is always the least recently used one.
    this.buckets.delete(group);
    this.buckets.set(group, { tokens: left, at: now });
    if (this.buckets.size > MAX_ADDRESSES) this.deleteOldest();
    return tokens >= 1 ? 0 : Math.ceil((1 - tokens) / this.perSecond);
  }

  /** Whether the next refusal of this address would be answered with 429. Counts nothing. */
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
