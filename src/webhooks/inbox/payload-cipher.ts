import { Inject, Injectable } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import { ENV } from '../../platform/config/config.module.js';
import type { Env } from '../../platform/config/env.js';
import {
  type EncryptionKey,
  NONCE_BYTES,
  openBytes,
  sealBytes,
  toEncryptionKey,
} from '../../platform/encryption/sealed-bytes.js';
import { PayloadUnreadableError } from './payload-cipher.errors.js';

/** Stored bytes, and the name of the key under which they are encrypted; null: not encrypted. */
export interface StoredPayload {
  raw: Buffer;
  payloadKey: string | null;
}

/** Encrypts the payload of the delivery with this id. See {@link sealBytes} for the nonce. Pure. */
export const encryptPayload = (key: EncryptionKey, id: string, raw: Buffer, nonce: Buffer): Buffer =>
  sealBytes(key, placeOf(id), raw, nonce);

/** The encrypted bytes as they were. Throws {@link PayloadUnreadableError} if one bit of them or of the id differs. */
export function decryptPayload(key: EncryptionKey, id: string, sealed: Buffer): Buffer {
  const opened = openBytes(key, placeOf(id), sealed);
  if (opened === null) throw new PayloadUnreadableError('payload_damaged', key.name);
  return opened;
}

const placeOf = (id: string): string => `payhook delivery ${id}`;

/**
 * Encrypts payloads under the newest of `PAYLOAD_KEYS`, and decrypts them under any of the keys. Without keys payloads are
 * stored plain. Plain payloads can always be read.
 */
@Injectable()
export class PayloadCipher {
  private readonly keys: ReadonlyMap<string, EncryptionKey>;
  private readonly newest: EncryptionKey | null;

  constructor(@Inject(ENV) env: Pick<Env, 'payloadKeys'>) {
    const keys = env.payloadKeys.map(toEncryptionKey);
    this.keys = new Map(keys.map((key) => [key.name, key]));
    this.newest = keys[0] ?? null;
  }

  /** Name of the key for new payloads; null if they are stored plain. */
  get newestKey(): string | null {
    return this.newest?.name ?? null;
  }

  /** Names of the other configured keys, newest first. */
  get olderKeys(): readonly string[] {
    return [...this.keys.keys()].slice(1);
  }

  /** Encrypts bytes for the row with this id. */
  encrypt(id: string, raw: Buffer): StoredPayload {
    if (this.newest === null) return { raw, payloadKey: null };
    const sealed = encryptPayload(this.newest, id, raw, randomBytes(NONCE_BYTES));
    return { raw: sealed, payloadKey: this.newest.name };
  }

  /** Decrypts a payload. Throws {@link PayloadUnreadableError} if its key is not configured or its bytes were changed. */
  decrypt({ id, raw, payloadKey }: StoredPayload & { id: string }): Buffer {
    if (payloadKey === null) return raw;
    const key = this.keys.get(payloadKey);
    if (!key) throw new PayloadUnreadableError('unknown_payload_key', payloadKey);
    return decryptPayload(key, id, raw);
  }
}
