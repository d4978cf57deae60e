import type { Request } from 'express';
import type { ApiKeyGuard } from './api-key.guard.js';
import type { Problem } from './problem.js';
import { canonicalUrl, isHealthUrl, isMetricsUrl, isWebhookUrl } from './request-path.js';

/** Counts the refused requests of each client address. */
export interface AnonymousRefusals {
  /**
   * Returns 429 and counts one more refusal if this address has had too many. Otherwise returns null and counts
   * nothing.
   */
  refuseIfLimited(address: string): Problem | null;
  /** Counts a refusal with this status. Returns 429 to answer instead if there were too many, else null. */
  countRefusal(address: string, status: number): Problem | null;
}

const REFUSALS: readonly number[] = [401, 404, 405];

/**
 * Limits requests without a valid API key that are answered 401, 404 or 405. Health is open to everybody, and webhooks
 * have a limit of their own behind the signature check, so neither is limited here.
 */
export class AnonymousRateLimit {
  constructor(
    private readonly keys: Pick<ApiKeyGuard, 'hasValidKey'>,
    private readonly refusals: AnonymousRefusals,
    /** Whether `/metrics` is open to everybody. */
    private readonly metricsPublic: boolean,
  ) {}

  /** Called before routing. Returns the response to give at once, or null to go on. */
  refuseIfLimited(request: Request): Problem | null {
    const url = canonicalUrl(request.originalUrl ?? request.url);
    if (this.metricsPublic && isMetricsUrl(url)) return null;
    return this.appliesTo(url) && !this.keys.hasValidKey(request)
      ? this.refusals.refuseIfLimited(addressOf(request))
      : null;
  }

  /** Returns the response to give instead of one with this status, or null to keep it. */
  replacementFor(status: number, request: Request): Problem | null {
    if (!REFUSALS.includes(status) || !this.appliesTo(canonicalUrl(request.originalUrl))) return null;
    return this.keys.hasValidKey(request) ? null : this.refusals.countRefusal(addressOf(request), status);
  }

  private appliesTo(url: string): boolean {
    return !isWebhookUrl(url) && !isHealthUrl(url);
  }
}

const addressOf = (request: Request): string => request.ip ?? '';
