import { createCipheriv, createDecipheriv, createHash } from 'node:crypto';

const CIPHER = 'aes-256-gcm';
export const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** A key of `PAYLOAD_KEYS`. */
export interface EncryptionKey {
  readonly name: string;
  readonly key: Buffer;
}

/** The key and its name. The name is the start of a labelled digest, which does not reveal the key. */
export function toEncryptionKey(base64: string): EncryptionKey {
  const key = Buffer.from(base64, 'base64');
  const digest = createHash('sha256').update('payhook payload key\n').update(key).digest('hex');
  return { name: digest.slice(0, 8), key };
}

/**
 * AES-256-GCM as nonce, ciphertext, tag. `place` says where the bytes are stored and is authenticated as additional data, so
 * that bytes moved to another row cannot be decrypted. Pure. `nonce` is 12 random bytes and must never repeat under one key;
 * random nonces are safe for about 4 × 10⁹ encryptions per key (NIST SP 800-38D).
 */
export function sealBytes({ key }: EncryptionKey, place: string, bytes: Buffer, nonce: Buffer): Buffer {
  const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES }).setAAD(Buffer.from(place));
  return Buffer.concat([nonce, cipher.update(bytes), cipher.final(), cipher.getAuthTag()]);
}

/** The bytes as they were; null if one bit of them or of the place differs. */
export function openBytes({ key }: EncryptionKey, place: string, sealed: Buffer): Buffer | null {
  const end = sealed.length - TAG_BYTES;
  if (end < NONCE_BYTES) return null;
  const nonce = sealed.subarray(0, NONCE_BYTES);
  const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES })
    .setAAD(Buffer.from(place))
    .setAuthTag(sealed.subarray(end));
  const opened = decipher.update(sealed.subarray(NONCE_BYTES, end));
  try {
    return Buffer.concat([opened, decipher.final()]);
  } catch {
    // The only error that `final` has is that the tag does not match.
    return null;
  }
}
