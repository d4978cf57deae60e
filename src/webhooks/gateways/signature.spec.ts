import { generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import {
  equalConstantTime,
  hexSignature,
  hmacSha256,
  parseUnixSeconds,
  sha256Hex,
  verifyEd25519,
  withinWindow,
} from './signature.js';

describe('hmacSha256', () => {
  it('answers test case 2 of RFC 4231, whole or in parts', () => {
    const expected = '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843';
    expect(hmacSha256('Jefe', 'what do ya want for nothing?').toString('hex')).toBe(expected);
    expect(
      hmacSha256(Buffer.from('Jefe'), 'what do ya ', Buffer.from('want for nothing?')).toString('hex'),
    ).toBe(expected);
  });
});

describe('equalConstantTime', () => {
  it('compares bytes, and does not throw where the lengths differ', () => {
    expect(equalConstantTime(Buffer.from('ab'), Buffer.from('ab'))).toBe(true);
    expect(equalConstantTime(Buffer.from('ab'), Buffer.from('ac'))).toBe(false);
    expect(equalConstantTime(Buffer.from('ab'), Buffer.from('abc'))).toBe(false);
  });
});

describe('hexSignature', () => {
  it.each(['a'.repeat(64), 'A'.repeat(64)])('reads 64 hexadecimal digits', (text) => {
    expect(hexSignature(text)).toEqual(Buffer.alloc(32, 0xaa));
  });

  it.each([
    '',
    'a'.repeat(63),
    'a'.repeat(65),
    `${'a'.repeat(63)}g`,
    `${'a'.repeat(64)}\n`,
    ` ${'a'.repeat(63)}`,
  ])('refuses %j, of which Node would read the good beginning', (text) =>
    expect(hexSignature(text)).toBeNull(),
  );
});

describe('parseUnixSeconds', () => {
  it('reads plain digits', () => expect(parseUnixSeconds('1767225600')).toBe(1767225600));

  it.each(['', '-1', '+1', '1.5', '1e9', '0x10', ' 1', '1\n', '01', 'NaN', '1'.repeat(13), '１'])(
    'refuses %j',
    (text) => expect(parseUnixSeconds(text)).toBeNull(),
  );
});

describe('withinWindow', () => {
  const now = new Date('2026-01-01T00:00:00.900Z');
  const second = Date.UTC(2026, 0, 1) / 1000;

  it.each([
    [0, null],
    [-300, null],
    [-301, 'too_old'],
    [300, null],
    [301, 'too_far_ahead'],
  ])('a timestamp %d s from our clock: %s', (offset, verdict) => {
    expect(withinWindow(second + offset, now)).toBe(verdict);
  });
});

describe('sha256Hex', () => {
  it('is the digest in lower case', () => {
    expect(sha256Hex('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });
});

describe('verifyEd25519', () => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
  const message = Buffer.from('msg_1.1767225600.{}');
  const signature = sign(null, message, privateKey);

  it('accepts what the key signed and nothing else', () => {
    expect(verifyEd25519(raw, signature, message)).toBe(true);
    expect(verifyEd25519(raw, signature, Buffer.from('another'))).toBe(false);
    expect(verifyEd25519(Buffer.alloc(32), signature, message)).toBe(false);
  });

  it('does not throw for a key or a signature of the wrong length', () => {
    expect(verifyEd25519(raw.subarray(1), signature, message)).toBe(false);
    expect(verifyEd25519(raw, signature.subarray(1), message)).toBe(false);
  });
});
