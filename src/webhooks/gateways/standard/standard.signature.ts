import { type IncomingHttpHeaders } from 'node:http';
import { type RefusalReason, type Verdict, type VerifyInput } from '../gateway.js';
import {
  equalConstantTime,
  hmacSha256,
  parseUnixSeconds,
  verifyEd25519,
  withinWindow,
} from '../signature.js';
import { readStandardSecret, type StandardKey } from './standard.secrets.js';

/**
 * The Standard Webhooks specification signs `<webhook-id>.<webhook-timestamp>.<raw body>`: `v1` with HMAC-SHA256,
 * `v1a` with ed25519, in base64. `webhook-signature` is a list with spaces between, one entry for each key in use.
 * Versions we do not know are skipped, and each kind of key answers only to its own version. The timestamp is
 * digits alone: were a point allowed in it, part of an id could be passed off as part of the time.
 */

export const MAX_HEADER_LENGTH = 4096;
const MAX_SIGNATURES = 20;

/** The base64 of 32 and of 64 bytes. */
export const SIGNATURE = /^(?:v1,[A-Za-z0-9+/]{43}=|v1a,[A-Za-z0-9+/]{86}==)$/;

interface Claim {
  /** What stands before the body in the signed bytes: the headers as they came over the wire. */
  prefix: Buffer;
  signatures: readonly { scheme: string; bytes: Buffer }[];
}

/**
 * All that can be refused without the body. A header without one signature of a known version and the right length
 * counts as malformed: there is nothing in it that could be checked.
 */
export function checkStandardHeaders(headers: IncomingHttpHeaders, now: Date): Claim | RefusalReason {
  const id = headers['webhook-id']?.toString();
  const time = headers['webhook-timestamp']?.toString();
  const list = headers['webhook-signature']?.toString();
  if (!id || !time || !list) return 'missing_signature';

  const timestamp = parseUnixSeconds(time);
  const signatures = list.length > MAX_HEADER_LENGTH ? [] : readSignatures(list);
  if (timestamp === null || signatures.length === 0) return 'malformed_signature';
  return withinWindow(timestamp, now) ?? { prefix: signedPrefix(id, time), signatures };
}

export function verifyStandard({ raw, headers, secrets, now }: VerifyInput): Verdict {
  const claim = checkStandardHeaders(headers, now);
  if (typeof claim === 'string') return { ok: false, reason: claim };
  const secret = secrets.findIndex((candidate) => {
    const key = readStandardSecret(candidate);
    return key !== null && proves(key, claim, raw);
  });
  return secret === -1 ? { ok: false, reason: 'no_secret_matches' } : { ok: true, secret };
}

/** The `v1` entry a sender puts into `webhook-signature`. */
export function standardSignature(key: Buffer, id: string, timestamp: string, raw: Buffer): string {
  return `v1,${hmacSha256(key, signedPrefix(id, timestamp), raw).toString('base64')}`;
}

function proves(key: StandardKey, { prefix, signatures }: Claim, raw: Buffer): boolean {
  const candidates = signatures.filter(({ scheme }) => scheme === key.scheme);
  if (candidates.length === 0) return false;
  if (key.scheme === 'v1') {
    const expected = hmacSha256(key.bytes, prefix, raw);
    return candidates.some(({ bytes }) => equalConstantTime(bytes, expected));
  }
  const message = Buffer.concat([prefix, raw]);
  return candidates.some(({ bytes }) => verifyEd25519(key.bytes, bytes, message));
}

function readSignatures(list: string): Claim['signatures'] {
  return list
    .split(' ')
    .filter((entry) => SIGNATURE.test(entry))
    .slice(0, MAX_SIGNATURES)
    .map((entry) => {
      const [scheme = '', base64 = ''] = entry.split(',');
      return { scheme, bytes: Buffer.from(base64, 'base64') };
    });
}

/** Node reads header bytes as Latin-1: written back the same way they are what was signed. */
const signedPrefix = (id: string, timestamp: string): Buffer => Buffer.from(`${id}.${timestamp}.`, 'latin1');
