import { describe, expect, it } from '@jest/globals';
import { PayloadUnreadableError } from './payload-cipher.errors.js';
import { decryptPayload, toPayloadKey, PayloadCipher, encryptPayload } from './payload-cipher.js';

const OLD = Buffer.alloc(32, 1).toString('base64');
const NEW = Buffer.alloc(32, 2).toString('base64');
const ID = '0192f0c1-0000-7000-8000-000000000001';
const OTHER_ID = '0192f0c1-0000-7000-8000-000000000002';
const NONCE = Buffer.from('000102030405060708090a0b', 'hex');
/** Not UTF-8, so that any turn through text shows. */
const BYTES = Buffer.from([0x7b, 0xff, 0x00, 0xc3, 0x28, 0x7d]);

const vault = (...payloadKeys: string[]) => new PayloadCipher({ payloadKeys });
const faultOf = (open: () => unknown): unknown => {
  try {
    return open();
  } catch (error) {
    return error instanceof PayloadUnreadableError ? error.code : error;
  }
};

describe('a sealed payload', () => {
  const key = toPayloadKey(NEW);

  it('opens to the exact bytes, empty and large ones too', () => {
    for (const raw of [BYTES, Buffer.alloc(0), Buffer.alloc(1_048_576, 0xa5)]) {
      expect(decryptPayload(key, ID, encryptPayload(key, ID, raw, NONCE)).equals(raw)).toBe(true);
    }
  });

  it('is nonce, ciphertext and tag, the same for the same input', () => {
    const sealed = encryptPayload(key, ID, BYTES, NONCE);
    expect(sealed.length).toBe(12 + BYTES.length + 16);
    expect(sealed.subarray(0, 12)).toEqual(NONCE);
    expect(encryptPayload(key, ID, BYTES, NONCE)).toEqual(sealed);
    expect(sealed.includes(BYTES)).toBe(false);
  });

  it('opens no more once any byte of it differs', () => {
    const sealed = encryptPayload(key, ID, BYTES, NONCE);
    for (let at = 0; at < sealed.length; at++) {
      const changed = Buffer.from(sealed);
      changed[at] = (changed[at] as number) ^ 1;
      expect(faultOf(() => decryptPayload(key, ID, changed))).toBe('payload_damaged');
    }
  });

  it.each([0, 11, 12, 27, 28])('opens no more when %i bytes of it are left', (left) => {
    const cut = encryptPayload(key, ID, BYTES, NONCE).subarray(0, left);
    expect(faultOf(() => decryptPayload(key, ID, cut))).toBe('payload_damaged');
  });

  it('does not open in the row of another delivery, nor under another key', () => {
    const sealed = encryptPayload(key, ID, BYTES, NONCE);
    expect(faultOf(() => decryptPayload(key, OTHER_ID, sealed))).toBe('payload_damaged');
    expect(faultOf(() => decryptPayload(toPayloadKey(OLD), ID, sealed))).toBe('payload_damaged');
  });
});

describe('the vault', () => {
  it('stores the very bytes where no key is set', () => {
    const stored = vault().encrypt(ID, BYTES);
    expect(stored).toEqual({ raw: BYTES, payloadKey: null });
    expect(stored.raw).toBe(BYTES);
  });

  it('reads plain bytes whatever keys are set', () => {
    expect(vault(NEW).decrypt({ id: ID, raw: BYTES, payloadKey: null })).toBe(BYTES);
  });

  it('seals under the newest key and opens under any', () => {
    const old = vault(OLD).encrypt(ID, BYTES);
    const rotated = vault(NEW, OLD);
    expect(rotated.decrypt({ id: ID, ...old })).toEqual(BYTES);
    expect(rotated.encrypt(ID, BYTES).payloadKey).toBe(toPayloadKey(NEW).name);
    expect(rotated.newestKey).toBe(toPayloadKey(NEW).name);
    expect(rotated.olderKeys).toEqual([toPayloadKey(OLD).name]);
  });

  it('never seals the same bytes to the same text', () => {
    expect(vault(NEW).encrypt(ID, BYTES).raw).not.toEqual(vault(NEW).encrypt(ID, BYTES).raw);
  });

  it('says which key is missing', () => {
    const old = vault(OLD).encrypt(ID, BYTES);
    const open = () => vault(NEW).decrypt({ id: ID, ...old });
    expect(faultOf(open)).toBe('unknown_payload_key');
    expect(open).toThrow(
      `the payload is encrypted under ${toPayloadKey(OLD).name}, which PAYLOAD_KEYS lacks`,
    );
  });

  it('names keys by eight digits that differ and tell nothing', () => {
    const names = [OLD, NEW].map((key) => toPayloadKey(key).name);
    for (const name of names) expect(name).toMatch(/^[0-9a-f]{8}$/);
    expect(new Set(names).size).toBe(2);
  });
});
