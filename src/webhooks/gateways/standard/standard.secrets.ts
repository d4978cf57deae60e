import { type KeyObject } from 'node:crypto';
import { ed25519PublicKey, isWeakEd25519Key } from '../signature.js';

/**
 * Secrets as the Standard Webhooks specification writes them: `whsec_` and the base64 of 24 to 64 random bytes for
 * HMAC (the prefix may be missing), `whpk_` and the base64 of the 32-byte public key for ed25519.
 */

export type StandardKey =
  | { scheme: 'v1'; /** The HMAC key itself. */ bytes: Buffer }
  | { scheme: 'v1a'; /** The sender's public key. */ key: KeyObject };

const SYMMETRIC = 'whsec_';
const PUBLIC = 'whpk_';
const PRIVATE = 'whsk_';

/** The key a configured secret stands for; null where {@link standardSecretIssue} has something to say. */
export function readStandardSecret(secret: string): StandardKey | null {
  if (standardSecretIssue(secret) !== null) return null;
  if (!isPublicKey(secret)) return { scheme: 'v1', bytes: decodeBase64(withoutPrefix(secret))! };
  return { scheme: 'v1a', key: ed25519PublicKey(decodeBase64(secret.slice(PUBLIC.length))!)! };
}

/** The list is the account's own and never changes, so that each of its keys is parsed once. */
const parsed = new WeakMap<readonly string[], readonly (StandardKey | null)[]>();

export function readStandardSecrets(secrets: readonly string[]): readonly (StandardKey | null)[] {
  let keys = parsed.get(secrets);
  if (keys === undefined) parsed.set(secrets, (keys = secrets.map(readStandardSecret)));
  return keys;
}

/** Signatures by it are checked asymmetrically, which costs a hundred times what HMAC does. */
export const isPublicKey = (secret: string): boolean => secret.startsWith(PUBLIC);

/** What is wrong with a secret, as the end of a sentence, never repeating it; null when nothing is. */
export function standardSecretIssue(secret: string): string | null {
  if (secret.startsWith(PRIVATE)) {
    return 'is a private signing key (whsk_): it belongs to the sender alone, configure its public key (whpk_)';
  }
  if (isPublicKey(secret)) {
    const bytes = decodeBase64(secret.slice(PUBLIC.length));
    if (bytes?.length !== 32) return 'must be whpk_ and the base64 of a 32-byte ed25519 public key';
    return isWeakEd25519Key(bytes) ? 'is a public key under which anybody can sign anything' : null;
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
