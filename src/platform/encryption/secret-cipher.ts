import { Inject, Injectable } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import { ENV } from '../config/config.module.js';
import { ReportableError } from '../logging/reportable-error.js';
import { type EncryptionKey, NONCE_BYTES, openBytes, sealBytes, toEncryptionKey } from './sealed-bytes.js';

/** Before the name of the key and the encrypted bytes. No secret may begin so. */
const SEALED = 'sealed:';

/** A stored secret cannot be decrypted. The name of a key is a fingerprint of it, and may be shown. */
export class SecretUnreadableError extends ReportableError {}

/**
 * Encrypts secrets that are stored in a column of text, under the newest of `PAYLOAD_KEYS`, and decrypts them under any of
 * the keys. Without keys secrets are stored plain. Plain secrets can always be read. `place` names the row, as in
 * `subscription 0192…`: what was moved to another row cannot be decrypted.
 */
@Injectable()
export class SecretCipher {
  private readonly keys: ReadonlyMap<string, EncryptionKey>;
  private readonly newest: EncryptionKey | null;

  constructor(@Inject(ENV) env: { readonly payloadKeys: readonly string[] }) {
    const keys = env.payloadKeys.map(toEncryptionKey);
    this.keys = new Map(keys.map((key) => [key.name, key]));
    this.newest = keys[0] ?? null;
  }

  encrypt(place: string, secret: string): string {
    if (this.newest === null) return secret;
    const sealed = sealBytes(this.newest, placeOf(place), Buffer.from(secret), randomBytes(NONCE_BYTES));
    return `${SEALED}${this.newest.name}:${sealed.toString('base64')}`;
  }

  /** @throws SecretUnreadableError if the key is not configured, or what is stored was changed. */
  decrypt(place: string, stored: string): string {
    const name = this.keyOf(stored);
    if (name === null) return stored;
    const key = this.keys.get(name);
    if (!key)
      throw new SecretUnreadableError(`the secret is encrypted under ${name}, which PAYLOAD_KEYS lacks`);
    const sealed = Buffer.from(stored.slice(SEALED.length + name.length + 1), 'base64');
    const opened = openBytes(key, placeOf(place), sealed);
    if (opened === null)
      throw new SecretUnreadableError(`the secret is not what was encrypted under ${name}`);
    return opened.toString();
  }

  /** Null where the secret cannot be decrypted. */
  tryDecrypt(place: string, stored: string): string | null {
    try {
      return this.decrypt(place, stored);
    } catch (error) {
      if (error instanceof SecretUnreadableError) return null;
      throw error;
    }
  }

  /** The name of the key under which the secret is encrypted; null where it is plain. */
  keyOf(stored: string): string | null {
    return stored.startsWith(SEALED) ? (stored.slice(SEALED.length).split(':', 1)[0] ?? '') : null;
  }

  /** Whether a new secret would be encrypted in the same way. */
  isNewest(stored: string): boolean {
    return this.keyOf(stored) === (this.newest?.name ?? null);
  }
}

const placeOf = (place: string): string => `payhook secret ${place}`;
