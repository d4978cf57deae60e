import {
  createHash,
  createHmac,
  createPublicKey,
  type KeyObject,
  timingSafeEqual,
  verify,
} from 'node:crypto';
import { availableParallelism } from 'node:os';
import { BoundedChecks } from './bounded-checks.js';
import type { HashName } from './proof.js';

/** All cryptography of all gateways. A gateway says what is signed; nothing outside this file compares or hashes. */

/** How far a signed timestamp may lie from our clock, either way. Exactly this much passes. */
export const WINDOW_SECONDS = 300;

/** The number of bytes that each hash gives. */
export const HASH_BYTES: Readonly<Record<HashName, number>> = { sha1: 20, sha256: 32, sha512: 64 };

/** HMAC over the parts one after another, so that a large body need not be copied to be prefixed. */
export function hmac(hash: HashName, key: string | Buffer, parts: readonly (string | Buffer)[]): Buffer {
  const made = createHmac(hash, key);
  for (const part of parts) made.update(part);
  return made.digest();
}

export const hmacSha256 = (key: string | Buffer, ...parts: readonly (string | Buffer)[]): Buffer =>
  hmac('sha256', key, parts);

/** A plain hash over the parts one after another. */
export function digest(hash: HashName, parts: readonly (string | Buffer)[]): Buffer {
  const made = createHash(hash);
  for (const part of parts) made.update(part);
  return made.digest();
}

export const sha256 = (text: string | Buffer): Buffer => createHash('sha256').update(text).digest();

/** Takes the same time wherever the bytes differ. Lengths are no secret: unequal ones are simply unequal. */
export function equalConstantTime(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

/** Reads a signature, and says in words what it must look like. */
export interface SignatureDecoder {
  /** The bytes of a signature of exactly the right length; null for anything else. */
  readonly decode: (text: string) => Buffer | null;
  /** As the end of a sentence: `64 hexadecimal digits`. */
  readonly form: string;
}

/** Node drops the end of a text that is not hexadecimal or base64, so the form is checked first. */
export function signatureDecoder(encoding: 'hex' | 'base64', bytes: number): SignatureDecoder {
  const [pattern, form] =
    encoding === 'hex'
      ? [`[0-9a-fA-F]{${bytes * 2}}`, `${bytes * 2} hexadecimal digits`]
      : [
          `[A-Za-z0-9+/]{${Math.ceil((bytes * 4) / 3)}}${PADDING[bytes % 3] ?? ''}`,
          `the base64 of ${bytes} bytes`,
        ];
  const right = new RegExp(`^${pattern}$`);
  return { decode: (text) => (right.test(text) ? Buffer.from(text, encoding) : null), form };
}

const PADDING = ['', '==', '='];

const HEX_32 = signatureDecoder('hex', 32);

/** The 32 bytes of a signature in hexadecimal; null for anything else. */
export const hexSignature = (text: string): Buffer | null => HEX_32.decode(text);

const UNIX_TIMES = { s: /^(?:0|[1-9]\d{0,11})$/, ms: /^(?:0|[1-9]\d{0,14})$/ } as const;

/** A time since 1970 in plain digits (no sign, space, point or leading zero; at most 12 or 15 of them); else null. */
export function parseUnixTime(text: string, unit: 's' | 'ms'): number | null {
  return UNIX_TIMES[unit].test(text) ? Number(text) : null;
}

export const parseUnixSeconds = (text: string): number | null => parseUnixTime(text, 's');

/** Where a signed timestamp lies outside the window; null inside. Whole seconds count: the header has no others. */
export function withinWindow(timestampSeconds: number, now: Date): null | 'too_old' | 'too_far_ahead' {
  const age = Math.floor(now.getTime() / 1000) - timestampSeconds;
  if (age > WINDOW_SECONDS) return 'too_old';
  return age < -WINDOW_SECONDS ? 'too_far_ahead' : null;
}

/** For the operator: how far a signed timestamp lies outside the window; null inside. */
export function tellWindow(timestampSeconds: number, now: Date): string | null {
  const side = withinWindow(timestampSeconds, now);
  if (side === null) return null;
  const seconds = Math.abs(Math.floor(now.getTime() / 1000) - timestampSeconds);
  return `signed ${seconds} s ${side === 'too_old' ? 'before' : 'after'} it came`;
}

/** The digest of a body in lower-case hexadecimal: the key of messages that carry no signed id. */
export function sha256Hex(raw: Buffer | string): string {
  return createHash('sha256').update(raw).digest('hex');
}

/** What DER puts before the 32 bytes of an ed25519 public key (RFC 8410). */
const ED25519_SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

/** An ed25519 public key out of its 32 bytes; null for any other number of them. To be made once, not per request. */
export function ed25519PublicKey(raw32: Buffer): KeyObject | null {
  if (raw32.length !== 32) return null;
  const key = Buffer.concat([ED25519_SPKI_PREFIX, raw32]);
  return createPublicKey({ key, format: 'der', type: 'spki' });
}

/** Checks run in libuv's threads, which files and name look-ups share: of four they may have so many. */
const MOST_AT_ONCE = Math.max(1, Math.min(2, availableParallelism() - 1));
/** How many requests may wait for their turn, one of each connection, and how many bytes they may hold. */
const MOST_WAITING = 1_000;
const MOST_WAITING_BYTES = 16 * 1024 * 1024;

export const ed25519Checks = new BoundedChecks(MOST_AT_ONCE, MOST_WAITING, MOST_WAITING_BYTES);

/**
 * Checks one ed25519 signature (64 bytes) off the main thread: 0.1 ms for a small message, a few ms for 1 MiB. To be
 * called from within {@link ed25519Checks}, which bounds how many are under way.
 */
export function verifyEd25519(publicKey: KeyObject, signature: Buffer, message: Buffer): Promise<boolean> {
  if (signature.length !== 64) return Promise.resolve(false);
  return new Promise((resolve, reject) => {
    verify(null, message, publicKey, signature, (error, proven) => (error ? reject(error) : resolve(proven)));
  });
}

/**
 * The encodings of the eight points whose order divides 8, the sign bit cleared (as in libsodium's
 * `ge25519_has_small_order`). With such a public key anybody can sign anything.
 */
const SMALL_ORDER = new Set([
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
]);

/**
 * Is it a key that proves nothing: of small order, or with a coordinate beyond the field (RFC 8032, section 5.1.3,
 * refuses to decode it; some libraries reduce it, and then it may be of small order, too)?
 */
export function isWeakEd25519Key(raw32: Buffer): boolean {
  const y = Buffer.from(raw32);
  y[31] = (y[31] ?? 0) & 0x7f;
  const beyondField =
    y[31] === 0x7f && y.subarray(1, 31).every((byte) => byte === 0xff) && (y[0] ?? 0) >= 0xed;
  return beyondField || SMALL_ORDER.has(y.toString('hex'));
}
