import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import {
  equalConstantTime,
  hexSignature,
  hmacSha256,
  parseUnixSeconds,
  sha256Hex,
  ed25519PublicKey,
  isWeakEd25519Key,
  verifyEd25519,
  withinWindow,
} from './signature.js';
import { standardSecretIssue } from './standard/standard.secrets.js';

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
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
  const message = Buffer.from('a message');
  const signature = sign(null, message, privateKey);
  const key = ed25519PublicKey(raw) as KeyObject;

  it('takes the signature of this message under this key, and no other', async () => {
    expect(await verifyEd25519(key, signature, message)).toBe(true);
    expect(await verifyEd25519(key, signature, Buffer.from('another'))).toBe(false);
    const other = ed25519PublicKey(Buffer.alloc(32)) as KeyObject;
    expect(await verifyEd25519(other, signature, message)).toBe(false);
  });

  it('takes nothing of the wrong length', async () => {
    expect(ed25519PublicKey(raw.subarray(1))).toBeNull();
    expect(await verifyEd25519(key, signature.subarray(1), message)).toBe(false);
  });
});

describe('a public key under which anybody can sign anything', () => {
  /**
   * RFC 8032 has p = 2^255 - 19; these are little-endian. Under the neutral point (01 00 …) the signature "R = that
   * point, S = 0" holds for every message with the OpenSSL of Node 20; the one of Node 24 and 26 refuses it.
   */
  const weak = [
    '0000000000000000000000000000000000000000000000000000000000000000',
    '0000000000000000000000000000000000000000000000000000000000000080',
    '0100000000000000000000000000000000000000000000000000000000000000',
    '0100000000000000000000000000000000000000000000000000000000000080',
    '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
    '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85',
    'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
    'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
    'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
    'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
    'ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  ];

  it.each(weak)('%s', (hex) => {
    expect(isWeakEd25519Key(Buffer.from(hex, 'hex'))).toBe(true);
    const whpk = `whpk_${Buffer.from(hex, 'hex').toString('base64')}`;
    expect(standardSecretIssue(whpk)).toMatch(/anybody can sign/);
    expect(standardSecretIssue(whpk)).not.toContain(whpk.slice(5, 20));
  });

  it('is no key of a real pair', () => {
    for (let nth = 0; nth < 20; nth++) {
      const { publicKey } = generateKeyPairSync('ed25519');
      expect(isWeakEd25519Key(publicKey.export({ format: 'der', type: 'spki' }).subarray(-32))).toBe(false);
    }
  });
});
