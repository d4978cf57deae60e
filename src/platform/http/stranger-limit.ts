import type { Request } from 'express';
import type { ApiKeyGuard } from './api-key.guard.js';
import type { Problem } from './problem.js';
import { canonicalUrl, isHealthUrl, isMetricsUrl, isWebhookUrl } from './request-path.js';

/** Counts refused requests by the address they came from. */
export interface AnonymousRefusals {
  /** 429 where this address has had too many refusals, counted as one more; null, and nothing counted, else. */
  refuseIfLimited(address: string): Problem | null;
  /** Counts one that is answered `status`; 429 to be answered in its place where there were too many, else null. */
  countRefusal(address: string, status: number): Problem | null;
}

const REFUSALS: readonly number[] = [401, 404, 405];

/**
 * Slows down who asks without a key for what needs one, or for what is not there. Health and webhooks are left alone:
 * health is for everybody, and a webhook may prove itself. So is everybody with a key that is valid.
 */
export class AnonymousRateLimit {
  constructor(
    private readonly keys: Pick<ApiKeyGuard, 'hasValidKey'>,
    private readonly refusals: AnonymousRefusals,
    /** `/metrics` is for everybody. */
    private readonly metricsPublic: boolean,
  ) {}

  /** Before any route is looked for: what to answer at once, or null to go on. */
  refuseIfLimited(request: Request): Problem | null {
    const url = canonicalUrl(request.originalUrl ?? request.url);
    if (this.metricsPublic && isMetricsUrl(url)) return null;
    return this.appliesTo(url) && !this.keys.hasValidKey(request)
      ? this.refusals.refuseIfLimited(addressOf(request))
      : null;
  }

  /** What to answer in place of this status, or null to leave it. */
  replacementFor(status: number, request: Request): Problem | null {
    if (!REFUSALS.includes(status) || !this.appliesTo(canonicalUrl(request.originalUrl))) return null;
    return this.keys.hasValidKey(request) ? null : this.refusals.countRefusal(addressOf(request), status);
  }

  private appliesTo(url: string): boolean {
    return !isWebhookUrl(url) && !isHealthUrl(url);
  }
}

const addressOf = (request: Request): string => request.ip ?? '';
