/**
 * Secrets as the Standard Webhooks specification writes them: `whsec_` and the base64 of 24 to 64 random bytes for
 * HMAC (the prefix may be missing), `whpk_` and the base64 of the 32-byte public key for ed25519.
 */

export type StandardKey =
  | { scheme: 'v1'; /** The HMAC key itself. */ bytes: Buffer }
  | { scheme: 'v1a'; /** The sender's public key. */ bytes: Buffer };

const SYMMETRIC = 'whsec_';
const PUBLIC = 'whpk_';
const PRIVATE = 'whsk_';

/** The key a configured secret stands for; null where {@link standardSecretFault} has something to say. */
export function readStandardSecret(secret: string): StandardKey | null {
  if (standardSecretFault(secret) !== null) return null;
  if (secret.startsWith(PUBLIC)) return { scheme: 'v1a', bytes: decodeBase64(secret.slice(PUBLIC.length))! };
  return { scheme: 'v1', bytes: decodeBase64(withoutPrefix(secret))! };
}

/** What is wrong with a secret, as the end of a sentence, never repeating it; null when nothing is. */
export function standardSecretFault(secret: string): string | null {
  if (secret.startsWith(PRIVATE)) {
    return 'is a private signing key (whsk_): it belongs to the sender alone, configure its public key (whpk_)';
  }
  if (secret.startsWith(PUBLIC)) {
    return decodeBase64(secret.slice(PUBLIC.length))?.length === 32
      ? null
      : 'must be whpk_ and the base64 of a 32-byte ed25519 public key';
  }
  const length = decodeBase64(withoutPrefix(secret))?.length ?? 0;
  return length >= 24 && length <= 64
    ? null
    : 'must be the base64 of 24 to 64 bytes, with or without whsec_ before it';
}

/** A secret for HMAC out of random bytes, of which at least 24 must be given; no more than 64 are used. */
export function makeStandardSecret(random: Buffer): string {
  return SYMMETRIC + random.subarray(0, 64).toString('base64');
}

const withoutPrefix = (secret: string): string =>
  secret.startsWith(SYMMETRIC) ? secret.slice(SYMMETRIC.length) : secret;

/** Node skips what is not base64 and stops at the first `=`: only text that it would write the same is taken. */
function decodeBase64(text: string): Buffer | null {
  const bytes = Buffer.from(text, 'base64');
  const unpadded = (base64: string): string => base64.replace(/={1,2}$/, '');
  return unpadded(bytes.toString('base64')) === unpadded(text) ? bytes : null;
}
