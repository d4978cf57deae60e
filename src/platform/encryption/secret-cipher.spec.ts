import { expect, it } from '@jest/globals';
import { toEncryptionKey } from './sealed-bytes.js';
import { SecretCipher, SecretUnreadableError } from './secret-cipher.js';

const [OLD, NEW] = [1, 2].map((fill) => Buffer.alloc(32, fill).toString('base64')) as [string, string];
const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const PLACE = 'subscription 1';
const cipher = (...payloadKeys: string[]): SecretCipher => new SecretCipher({ payloadKeys });

it('stores a secret plain without a key, and reads it whichever keys are set', () => {
  expect(cipher().encrypt(PLACE, SECRET)).toBe(SECRET);
  expect(cipher(NEW).decrypt(PLACE, SECRET)).toBe(SECRET);
  expect([cipher().isNewest(SECRET), cipher(NEW).isNewest(SECRET)]).toEqual([true, false]);
});

it('encrypts under the newest key, each time otherwise, and decrypts under any', () => {
  const old = cipher(OLD).encrypt(PLACE, SECRET);
  expect(old).not.toContain(SECRET);
  expect(old).not.toBe(cipher(OLD).encrypt(PLACE, SECRET));
  const rotated = cipher(NEW, OLD);
  expect(rotated.decrypt(PLACE, old)).toBe(SECRET);
  expect(rotated.isNewest(old)).toBe(false);
  expect(rotated.keyOf(rotated.encrypt(PLACE, SECRET))).toBe(toEncryptionKey(NEW).name);
});

it('reads nothing that was changed, moved to another row, or encrypted under a key that is missing', () => {
  const stored = cipher(NEW).encrypt(PLACE, SECRET);
  const changed = stored.slice(0, -6) + 'AAAA' + stored.slice(-2);
  for (const [place, text, keys] of [
    [PLACE, changed, [NEW]],
    [PLACE, stored.slice(0, 20), [NEW]],
    ['subscription 2', stored, [NEW]],
    [PLACE, stored, [OLD]],
    [PLACE, stored, []],
  ] as const)
    expect(() => cipher(...keys).decrypt(place, text)).toThrow(SecretUnreadableError);
  expect(() => cipher(OLD).decrypt(PLACE, stored)).toThrow(
    `the secret is encrypted under ${toEncryptionKey(NEW).name}, which PAYLOAD_KEYS lacks`,
  );
});
