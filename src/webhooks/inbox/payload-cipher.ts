import { Inject, Injectable } from '@nestjs/common';
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { ENV } from '../../platform/config/config.module.js';
import type { Env } from '../../platform/config/env.js';
import { PayloadUnreadableError } from './payload-cipher.errors.js';

const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Stored bytes, and the name of the key under which they are encrypted; null: not encrypted. */
export interface StoredPayload {
  raw: Buffer;
  payloadKey: string | null;
}

export interface PayloadKey {
  readonly name: string;
  readonly key: Buffer;
}

/** The key and its name. The name is the start of a labelled digest, which does not reveal the key. */
export function toPayloadKey(base64: string): PayloadKey {
  const key = Buffer.from(base64, 'base64');
  const digest = createHash('sha256').update('payhook payload key\n').update(key).digest('hex');
  return { name: digest.slice(0, 8), key };
}

/**
 * AES-256-GCM as nonce, ciphertext, tag. The delivery's id is authenticated as additional data, so that bytes moved to
 * another row cannot be decrypted. Pure. `nonce` is 12 random bytes and must never repeat under one key; random nonces are
 * safe for about 4 × 10⁹ payloads per key (NIST SP 800-38D).
 */
export function encryptPayload({ key }: PayloadKey, id: string, raw: Buffer, nonce: Buffer): Buffer {
  const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES }).setAAD(additionalData(id));
  return Buffer.concat([nonce, cipher.update(raw), cipher.final(), cipher.getAuthTag()]);
}

/** The encrypted bytes as they were. Throws {@link PayloadUnreadableError} if one bit of them or of the id differs. */
export function decryptPayload({ name, key }: PayloadKey, id: string, sealed: Buffer): Buffer {
  const end = sealed.length - TAG_BYTES;
  if (end < NONCE_BYTES) throw new PayloadUnreadableError('payload_damaged', name);
  const nonce = sealed.subarray(0, NONCE_BYTES);
  const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES })
    .setAAD(additionalData(id))
    .setAuthTag(sealed.subarray(end));
  const opened = decipher.update(sealed.subarray(NONCE_BYTES, end));
  try {
    return Buffer.concat([opened, decipher.final()]);
  } catch (cause) {
    throw new PayloadUnreadableError('payload_damaged', name, { cause });
  }
}

const additionalData = (id: string): Buffer => Buffer.from(`payhook delivery ${id}`);

/**
 * Encrypts payloads under the newest of `PAYLOAD_KEYS`, and decrypts them under any of the keys. Without keys payloads are
 * stored plain. Plain payloads can always be read.
 */
@Injectable()
export class PayloadCipher {
  private readonly keys: ReadonlyMap<string, PayloadKey>;
  private readonly newest: PayloadKey | null;

  constructor(@Inject(ENV) env: Pick<Env, 'payloadKeys'>) {
    const keys = env.payloadKeys.map(toPayloadKey);
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
