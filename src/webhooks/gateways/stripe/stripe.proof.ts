import type { HmacProof } from '../gateway.js';
import { hmacSha256, WINDOW_SECONDS } from '../signature.js';

/**
 * Stripe signs `<t>.<raw body>` with HMAC-SHA256; the key is the whole secret as text, `whsec_` included. The header
 * is `t=<unix seconds>,v1=<hex>[,v1=<hex>…]`: while a secret is rolled there is one v1 for each. Anything but v1
 * (v0 is for tests) proves nothing, or an attacker could choose the weaker scheme.
 */
export const stripeProof = {
  by: 'hmac',
  at: { pairs: 'stripe-signature', separator: ',', signature: 'v1', time: 't' },
  time: { maxAgeSeconds: WINDOW_SECONDS, maxAheadSeconds: WINDOW_SECONDS },
  covers: ({ raw }, { time }) => [`${time}.`, raw],
} as const satisfies HmacProof;

/** What Stripe computes over a body it sends at `timestamp` (unix seconds). */
export function stripeMac(raw: Buffer, secret: string, timestamp: number): Buffer {
  return hmacSha256(secret, `${timestamp}.`, raw);
}
