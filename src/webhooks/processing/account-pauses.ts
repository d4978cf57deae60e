import { askedDelayMs } from '../../platform/http/retry-after.js';

/**
 * Accounts whose gateway asked to be left alone until a time (Retry-After), so that other questions of the account do not
 * spend an attempt on the same refusal. Each process knows its own; there are no more entries than accounts.
 */
export class AccountPauses {
  private readonly untilMs = new Map<string, number>();

  /** `forMs` left out: the gateway named no time. */
  add(account: string, forMs: number | undefined, nowMs: number): void {
    const until = nowMs + askedDelayMs(forMs);
    if (until > nowMs) this.untilMs.set(account, Math.max(until, this.untilMs.get(account) ?? 0));
  }

  list(nowMs: number): string[] {
    for (const [account, until] of this.untilMs) if (until <= nowMs) this.untilMs.delete(account);
    return [...this.untilMs.keys()];
  }
}
