import { type IncomingHttpHeaders } from 'node:http';
import { type Refusal, type VerificationResult, type Evidence } from '../gateway.js';
import {
  equalConstantTime,
  hexSignature,
  hmacSha256,
  parseUnixSeconds,
  tellWindow,
  withinWindow,
} from '../signature.js';

/**
 * Stripe signs `<t>.<raw body>` with HMAC-SHA256; the key is the whole secret as text, `whsec_` included. The header
 * is `t=<unix seconds>,v1=<hex>[,v1=<hex>…]`: while a secret is rolled there is one v1 for each. Anything but v1
 * (v0 is for tests) proves nothing, or an attacker could choose the weaker scheme.
 */

const MAX_HEADER_LENGTH = 4096;
const MAX_SIGNATURES = 20;

interface Claim {
  timestamp: number;
  signatures: readonly Buffer[];
}

/**
 * What the header claims, or what is wrong with it, in one reading for whoever asks: no arithmetic is spent on a header
 * that cannot be right.
 */
export function readStripeClaim(headers: IncomingHttpHeaders, now: Date): Claim | Refusal {
  const header = headers['stripe-signature']?.toString();
  if (!header) return { reason: 'missing_signature', detail: 'stripe-signature is missing' };
  if (header.length > MAX_HEADER_LENGTH)
    return malformed(`stripe-signature is longer than ${MAX_HEADER_LENGTH} characters`);
  const claim = parseHeader(header);
  if ('reason' in claim) return claim;
  const outside = withinWindow(claim.timestamp, now);
  return outside === null ? claim : { reason: outside, detail: tellWindow(claim.timestamp, now) ?? outside };
}

export function verifyStripe({ raw, headers, secrets, now }: Evidence): VerificationResult {
  const claim = readStripeClaim(headers, now);
  if ('reason' in claim) return { ok: false, reason: claim.reason };
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

const malformed = (detail: string): Refusal => ({ reason: 'malformed_signature', detail });

/** A value is what follows the first `=`, all of it: `t=1=2` is no time. */
function parseHeader(header: string): Claim | Refusal {
  const pairs = header.split(',').map((part) => {
    const pair = part.trim();
    const at = pair.indexOf('=');
    return at === -1 ? { name: pair, value: '' } : { name: pair.slice(0, at), value: pair.slice(at + 1) };
  });
  const valuesOf = (scheme: string): string[] =>
    pairs.flatMap(({ name, value }) => (name === scheme ? [value] : []));

  const [time, ...furtherTimes] = valuesOf('t');
  if (time === undefined) return malformed('it has no t=');
  if (furtherTimes.length > 0) return malformed('it has more than one t=');
  const timestamp = parseUnixSeconds(time);
  if (timestamp === null) return malformed('t= is no unix time in whole seconds');
  const claimed = valuesOf('v1');
  if (claimed.length === 0) return malformed('it has no v1=');
  if (claimed.length > MAX_SIGNATURES) return malformed(`it has more than ${MAX_SIGNATURES} v1=`);
  const signatures = claimed.map(hexSignature).filter((signature) => signature !== null);
  return signatures.length === 0 ? malformed('no v1= is 64 hexadecimal digits') : { timestamp, signatures };
}
