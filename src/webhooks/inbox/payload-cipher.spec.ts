import { describe, expect, it } from '@jest/globals';
import { PayloadUnreadableError } from './payload-cipher.errors.js';
import { toEncryptionKey } from '../../platform/encryption/sealed-bytes.js';
import { decryptPayload, encryptPayload, PayloadCipher } from './payload-cipher.js';

const OLD = Buffer.alloc(32, 1).toString('base64');
const NEW = Buffer.alloc(32, 2).toString('base64');
const ID = '0192f0c1-0000-7000-8000-000000000001';
const OTHER_ID = '0192f0c1-0000-7000-8000-000000000002';
const NONCE = Buffer.from('000102030405060708090a0b', 'hex');
/** Not UTF-8: a conversion to text and back would change them. */
const BYTES = Buffer.from([0x7b, 0xff, 0x00, 0xc3, 0x28, 0x7d]);

const cipher = (...payloadKeys: string[]) => new PayloadCipher({ payloadKeys });
const errorCodeOf = (decrypt: () => unknown): unknown => {
  try {
    return decrypt();
  } catch (error) {
    return error instanceof PayloadUnreadableError ? error.code : error;
  }
};

describe('an encrypted payload', () => {
  const key = toEncryptionKey(NEW);

  it('is decrypted to the exact bytes, also empty and large ones', () => {
    for (const raw of [BYTES, Buffer.alloc(0), Buffer.alloc(1_048_576, 0xa5)]) {
      expect(decryptPayload(key, ID, encryptPayload(key, ID, raw, NONCE)).equals(raw)).toBe(true);
    }
  });

  it('is nonce, ciphertext and tag, the same for the same input', () => {
    const encrypted = encryptPayload(key, ID, BYTES, NONCE);
    expect(encrypted.length).toBe(12 + BYTES.length + 16);
    expect(encrypted.subarray(0, 12)).toEqual(NONCE);
    expect(encryptPayload(key, ID, BYTES, NONCE)).toEqual(encrypted);
    expect(encrypted.includes(BYTES)).toBe(false);
  });

  it('is not decrypted once any byte of it differs', () => {
    const encrypted = encryptPayload(key, ID, BYTES, NONCE);
    for (let at = 0; at < encrypted.length; at++) {
      const changed = Buffer.from(encrypted);
      changed[at] = (changed[at] as number) ^ 1;
      expect(errorCodeOf(() => decryptPayload(key, ID, changed))).toBe('payload_damaged');
    }
  });

  it.each([0, 11, 12, 27, 28])('is not decrypted when only %i bytes of it are left', (left) => {
    const cut = encryptPayload(key, ID, BYTES, NONCE).subarray(0, left);
    expect(errorCodeOf(() => decryptPayload(key, ID, cut))).toBe('payload_damaged');
  });

  it('is not decrypted in the row of another delivery, nor under another key', () => {
    const encrypted = encryptPayload(key, ID, BYTES, NONCE);
    expect(errorCodeOf(() => decryptPayload(key, OTHER_ID, encrypted))).toBe('payload_damaged');
    expect(errorCodeOf(() => decryptPayload(toEncryptionKey(OLD), ID, encrypted))).toBe('payload_damaged');
  });
});

describe('the payload cipher', () => {
  it('stores the bytes themselves when no key is set', () => {
    const stored = cipher().encrypt(ID, BYTES);
    expect(stored).toEqual({ raw: BYTES, payloadKey: null });
    expect(stored.raw).toBe(BYTES);
  });

  it('reads plain bytes whichever keys are set', () => {
    expect(cipher(NEW).decrypt({ id: ID, raw: BYTES, payloadKey: null })).toBe(BYTES);
  });

  it('encrypts under the newest key and decrypts under any key', () => {
    const old = cipher(OLD).encrypt(ID, BYTES);
    const rotated = cipher(NEW, OLD);
    expect(rotated.decrypt({ id: ID, ...old })).toEqual(BYTES);
    expect(rotated.encrypt(ID, BYTES).payloadKey).toBe(toEncryptionKey(NEW).name);
    expect(rotated.newestKey).toBe(toEncryptionKey(NEW).name);
    expect(rotated.olderKeys).toEqual([toEncryptionKey(OLD).name]);
  });

  it('never encrypts the same bytes to the same ciphertext', () => {
    expect(cipher(NEW).encrypt(ID, BYTES).raw).not.toEqual(cipher(NEW).encrypt(ID, BYTES).raw);
  });

  it('says which key is missing', () => {
    const old = cipher(OLD).encrypt(ID, BYTES);
    const decrypt = () => cipher(NEW).decrypt({ id: ID, ...old });
    expect(errorCodeOf(decrypt)).toBe('unknown_payload_key');
    expect(decrypt).toThrow(
      `the payload is encrypted under ${toEncryptionKey(OLD).name}, which PAYLOAD_KEYS lacks`,
    );
  });

  it('names keys by eight hexadecimal digits that differ', () => {
    const names = [OLD, NEW].map((key) => toEncryptionKey(key).name);
    for (const name of names) expect(name).toMatch(/^[0-9a-f]{8}$/);
    expect(new Set(names).size).toBe(2);
  });
});
