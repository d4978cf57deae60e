import { createHash, createHmac, createPublicKey, timingSafeEqual, verify } from 'node:crypto';

/** All cryptography of all gateways. A gateway says what is signed; nothing outside this file compares or hashes. */

/** How far a signed timestamp may lie from our clock, either way. Exactly this much passes. */
export const WINDOW_SECONDS = 300;

/** HMAC-SHA256 over the parts one after another, so that a large body need not be copied to be prefixed. */
export function hmacSha256(secret: string | Buffer, ...parts: readonly (string | Buffer)[]): Buffer {
  const hmac = createHmac('sha256', secret);
  for (const part of parts) hmac.update(part);
  return hmac.digest();
}

/** Takes the same time wherever the bytes differ. Lengths are no secret: unequal ones are simply unequal. */
export function equalConstantTime(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

const SHA256_HEX = /^[0-9a-f]{64}$/i;

/** The 32 bytes of a signature in hexadecimal; null for anything else, of which Node would drop the bad end. */
export function hexSignature(text: string): Buffer | null {
  return SHA256_HEX.test(text) ? Buffer.from(text, 'hex') : null;
}

const UNIX_SECONDS = /^(?:0|[1-9]\d{0,11})$/;

/** Unix seconds in plain digits (no sign, space, point or leading zero, at most 12 of them); null otherwise. */
export function parseUnixSeconds(text: string): number | null {
  return UNIX_SECONDS.test(text) ? Number(text) : null;
}

/** Where a signed timestamp lies outside the window; null inside. Whole seconds count: the header has no others. */
export function withinWindow(timestampSeconds: number, now: Date): null | 'too_old' | 'too_far_ahead' {
  const age = Math.floor(now.getTime() / 1000) - timestampSeconds;
  if (age > WINDOW_SECONDS) return 'too_old';
  return age < -WINDOW_SECONDS ? 'too_far_ahead' : null;
}

/** For the operator: how far a signed timestamp lies outside the window; null inside. */
export function tellWindow(timestampSeconds: number, now: Date): string | null {
  const side = withinWindow(timestampSeconds, now);
  if (side === null) return null;
  const seconds = Math.abs(Math.floor(now.getTime() / 1000) - timestampSeconds);
  return `signed ${seconds} s ${side === 'too_old' ? 'before' : 'after'} it came`;
}

/** The digest of a body in lower-case hexadecimal: the key of messages that carry no signed id. */
export function sha256Hex(raw: Buffer | string): string {
  return createHash('sha256').update(raw).digest('hex');
}

/** What DER puts before the 32 bytes of an ed25519 public key (RFC 8410). */
const ED25519_SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

/** Checks an ed25519 signature with a raw public key. A key or signature of the wrong length is just wrong. */
export function verifyEd25519(publicKeyRaw32: Buffer, signature: Buffer, message: Buffer): boolean {
  if (publicKeyRaw32.length !== 32 || signature.length !== 64) return false;
  const spki = Buffer.concat([ED25519_SPKI_PREFIX, publicKeyRaw32]);
  return verify(null, message, createPublicKey({ key: spki, format: 'der', type: 'spki' }), signature);
}
