import { type IncomingHttpHeaders } from 'node:http';
import { type CustomProof, type Evidence, type Refusal, type VerificationResult } from '../gateway.js';
import {
  ed25519Checks,
  equalConstantTime,
  hmacSha256,
  parseUnixSeconds,
  tellWindow,
  verifyEd25519,
  withinWindow,
} from '../signature.js';
import { standardHeaders } from './standard.headers.js';
import { isPublicKey, readStandardSecrets, type StandardKey } from './standard.secrets.js';

/**
 * The Standard Webhooks specification signs `<webhook-id>.<webhook-timestamp>.<raw body>`: `v1` with HMAC-SHA256,
 * `v1a` with ed25519, in base64. `webhook-signature` is a list with spaces between, one entry for each key in use.
 * Versions we do not know are skipped, and each kind of key answers only to its own version. The timestamp is
 * digits alone: were a point allowed in it, part of an id could be passed off as part of the time.
 */

const MAX_HEADER_LENGTH = 4096;
const MAX_SIGNATURES = 20;
/** Of asymmetric entries, each of which costs a check for every key: keys are at most five. */
const MAX_ASYMMETRIC = 3;

/** The base64 of 32 and of 64 bytes. */
const SIGNATURE = /^(?:v1,[A-Za-z0-9+/]{43}=|v1a,[A-Za-z0-9+/]{86}==)$/;

interface Claim {
  /** What stands before the body in the signed bytes: the headers as they came over the wire. */
  prefix: Buffer;
  signatures: readonly { scheme: string; bytes: Buffer }[];
}

/**
 * What the headers claim, or what is wrong with them, in one reading for whoever asks. A header without one signature
 * of a known version and the right length counts as malformed: there is nothing in it that could be checked.
 */
function readStandardClaim(headers: IncomingHttpHeaders, now: Date): Claim | Refusal {
  const { id, time, list, names } = standardHeaders(headers);
  if (!id || !time || !list) {
    const missing = [!id && names.id, !time && names.time, !list && names.list].filter(Boolean);
    return { reason: 'missing_signature', detail: `missing: ${missing.join(', ')}` };
  }
  const timestamp = parseUnixSeconds(time);
  if (timestamp === null) return malformed(`${names.time} is no unix time in whole seconds`);
  if (list.length > MAX_HEADER_LENGTH)
    return malformed(`${names.list} is longer than ${MAX_HEADER_LENGTH} characters`);
  const entries = list.split(' ');
  const signatures = readSignatures(entries);
  if (signatures.length === 0)
    return malformed(
      entries.some((entry) => /^v1a?,/.test(entry))
        ? `no entry of ${names.list} is the base64 of a signature`
        : `${names.list} has no v1 or v1a entry`,
    );
  const outside = withinWindow(timestamp, now);
  if (outside !== null) return { reason: outside, detail: tellWindow(timestamp, now) ?? outside };
  return { prefix: signedPrefix(id, time), signatures };
}

/**
 * Written out, as no single row says it: two schemes in one list of signatures, headers under two families of names, and
 * checks of one scheme off the main thread.
 */
export const standardProof: CustomProof = {
  by: 'custom',
  headers: {
    'webhook-id': 'The id of the message. It is signed.',
    'webhook-timestamp': 'Unix time in seconds. It is signed and may lie 300 s off, either way.',
    'webhook-signature':
      '`v1,` and the base64 of HMAC-SHA256 of `<id>.<timestamp>.<body>`, or `v1a,` and that of Ed25519; several are ' +
      'separated by spaces. The `svix-*` names are read where all three headers are absent.',
  },
  checkHeaders({ headers, now }) {
    const claim = readStandardClaim(headers, now);
    return 'reason' in claim ? claim : null;
  },
  prove: verifyStandard,
  isCostly: isPublicKey,
};

/** Symmetric keys answer at once; asymmetric ones are checked off the main thread, a bounded number at a time. */
function verifyStandard({
  raw,
  headers,
  secrets,
  now,
}: Evidence): VerificationResult | Promise<VerificationResult> {
  const claim = readStandardClaim(headers, now);
  if ('reason' in claim) return { ok: false, reason: claim.reason };
  const keys = readStandardSecrets(secrets);
  const secret = keys.findIndex((key) => key?.scheme === 'v1' && provesHmac(key.bytes, claim, raw));
  if (secret !== -1) return { ok: true, secret };
  const signatures = claim.signatures.filter(({ scheme }) => scheme === 'v1a').slice(0, MAX_ASYMMETRIC);
  if (signatures.length === 0 || !keys.some((key) => key?.scheme === 'v1a')) return NO_SECRET_MATCHES;
  return ed25519Checks.run(raw.length, () => verifyAsymmetric(keys, signatures, claim.prefix, raw));
}

/** The `v1` entry a sender puts into `webhook-signature`. */
export function standardSignature(key: Buffer, id: string, timestamp: string, raw: Buffer): string {
  return `v1,${hmacSha256(key, signedPrefix(id, timestamp), raw).toString('base64')}`;
}

const NO_SECRET_MATCHES: VerificationResult = { ok: false, reason: 'no_secret_matches' };
const malformed = (detail: string): Refusal => ({ reason: 'malformed_signature', detail });

function provesHmac(key: Buffer, { prefix, signatures }: Claim, raw: Buffer): boolean {
  const candidates = signatures.filter(({ scheme }) => scheme === 'v1');
  if (candidates.length === 0) return false;
  const expected = hmacSha256(key, prefix, raw);
  return candidates.some(({ bytes }) => equalConstantTime(bytes, expected));
}

/** One check after the other: a request never has more than one of libuv's threads. */
async function verifyAsymmetric(
  keys: readonly (StandardKey | null)[],
  signatures: Claim['signatures'],
  prefix: Buffer,
  raw: Buffer,
): Promise<VerificationResult> {
  const message = Buffer.concat([prefix, raw]);
  for (const [secret, key] of keys.entries()) {
    if (key?.scheme !== 'v1a') continue;
    for (const { bytes } of signatures)
      if (await verifyEd25519(key.key, bytes, message)) return { ok: true, secret };
  }
  return NO_SECRET_MATCHES;
}

function readSignatures(entries: readonly string[]): Claim['signatures'] {
  return entries
    .filter((entry) => SIGNATURE.test(entry))
    .slice(0, MAX_SIGNATURES)
    .map((entry) => {
      const [scheme = '', base64 = ''] = entry.split(',');
      return { scheme, bytes: Buffer.from(base64, 'base64') };
    });
}

/** Node reads header bytes as Latin-1: written back the same way they are what was signed. */
const signedPrefix = (id: string, timestamp: string): Buffer => Buffer.from(`${id}.${timestamp}.`, 'latin1');
