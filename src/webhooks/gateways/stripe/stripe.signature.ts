import { type IncomingHttpHeaders } from 'node:http';
import { type RefusalReason, type Verdict, type VerifyInput } from '../gateway.js';
import { equalConstantTime, hexSignature, hmacSha256, parseUnixSeconds, withinWindow } from '../signature.js';

/**
 * Stripe signs `<t>.<raw body>` with HMAC-SHA256; the key is the whole secret as text, `whsec_` included. The header
 * is `t=<unix seconds>,v1=<hex>[,v1=<hex>…]`: while a secret is rolled there is one v1 for each. Anything but v1
 * (v0 is for tests) proves nothing, or an attacker could choose the weaker scheme.
 */

export const MAX_HEADER_LENGTH = 4096;
export const MAX_SIGNATURES = 20;

interface StripeSignature {
  timestamp: number;
  signatures: readonly Buffer[];
}

/** All that can be refused without the body: no arithmetic is spent on a header that cannot be right. */
export function checkStripeHeader(headers: IncomingHttpHeaders, now: Date): StripeSignature | RefusalReason {
  const header = headers['stripe-signature']?.toString();
  if (!header) return 'missing_signature';
  const parsed = header.length > MAX_HEADER_LENGTH ? null : parseHeader(header);
  if (!parsed) return 'malformed_signature';
  return withinWindow(parsed.timestamp, now) ?? parsed;
}

export function verifyStripe({ raw, headers, secrets, now }: VerifyInput): Verdict {
  const claim = checkStripeHeader(headers, now);
  if (typeof claim === 'string') return { ok: false, reason: claim };
  const secret = secrets.findIndex((candidate) => {
    const expected = stripeMac(raw, candidate, claim.timestamp);
    return claim.signatures.some((signature) => equalConstantTime(signature, expected));
  });
  return secret === -1 ? { ok: false, reason: 'no_secret_matches' } : { ok: true, secret };
}

/** What Stripe computes over a body it sends at `timestamp` (unix seconds). */
export function stripeMac(raw: Buffer, secret: string, timestamp: number): Buffer {
  return hmacSha256(secret, `${timestamp}.`, raw);
}

function parseHeader(header: string): StripeSignature | null {
  const pairs = header.split(',').map((part) => part.trim().split('='));
  const valuesOf = (scheme: string) =>
    pairs.filter(([name, , ...more]) => name === scheme && more.length === 0).map(([, value = '']) => value);

  const [time, ...furtherTimes] = valuesOf('t');
  const timestamp = time === undefined || furtherTimes.length > 0 ? null : parseUnixSeconds(time);
  const claimed = valuesOf('v1');
  if (timestamp === null || claimed.length > MAX_SIGNATURES) return null;

  const signatures = claimed.map(hexSignature).filter((signature) => signature !== null);
  return signatures.length === 0 ? null : { timestamp, signatures };
}
