import { fieldOf } from './fields/wire-fields.js';
import type {
  Claim,
  DigestProof,
  Evidence,
  HeaderEvidence,
  HmacProof,
  Refusal,
  SignedTime,
} from './proof.js';
import { HASH_BYTES, parseUnixTime, signatureDecoder, type SignatureDecoder } from './signature.js';

/** What a request claims: its signatures as bytes, and the time that was signed. */
export interface SignedClaim extends Claim {
  readonly signatures: readonly Buffer[];
}

type Read = SignedClaim | Refusal;

interface ClaimReader {
  /** What the headers say. A signature in the body is not among it. */
  readonly readHeaders: (evidence: HeaderEvidence) => Read;
  /** The claim with the signature of the body, or of one part of it. */
  readonly readSignatures: (evidence: Evidence, claim: SignedClaim, item: unknown) => Read;
}

const MAX_HEADER_LENGTH = 4096;
/** A gateway sends a signature for each secret in use, and an account has at most five. */
const MAX_SIGNATURES = 20;

const malformed = (detail: string): Refusal => ({ reason: 'malformed_signature', detail });
const missing = (detail: string): Refusal => ({ reason: 'missing_signature', detail });

/** Reads the claims of one declaration. The text that refuses a header is what an operator is told. */
export function claimReader({
  at,
  time,
  hash = 'sha256',
  encoding = 'hex',
}: HmacProof | DigestProof): ClaimReader {
  const decoder = signatureDecoder(encoding, HASH_BYTES[hash]);
  const asGiven = (_evidence: Evidence, claim: SignedClaim, item: unknown): Read => ({ ...claim, item });
  if ('pairs' in at)
    return { readHeaders: withinTime(time, pairsReader(at, time, decoder)), readSignatures: unchanged };
  if ('header' in at)
    return {
      readHeaders: withinTime(time, headerReader(at, decoder)),
      readSignatures: (evidence, claim, item) =>
        item === undefined ? claim : asGiven(evidence, claim, item),
    };
  return { readHeaders: withinTime(time, () => NOTHING_YET), readSignatures: fieldReader(at.field, decoder) };
}

const NOTHING_YET: SignedClaim = { signatures: [], time: null, item: undefined };
const unchanged = (_evidence: Evidence, claim: SignedClaim): Read => claim;

function headerReader(
  { header, prefix = '', list }: { header: string; prefix?: string; list?: string },
  { decode, form }: SignatureDecoder,
): (evidence: HeaderEvidence) => Read {
  return ({ headers }) => {
    const value = headers[header]?.toString();
    if (!value) return missing(`${header} is missing`);
    if (value.length > MAX_HEADER_LENGTH)
      return malformed(`${header} is longer than ${MAX_HEADER_LENGTH} characters`);
    const entries = list === undefined ? [value] : value.split(list).map((entry) => entry.trim());
    const signed = entries.filter((entry) => entry.startsWith(prefix));
    if (signed.length === 0) return malformed(`${header} has no ${prefix}`);
    if (signed.length > MAX_SIGNATURES) return malformed(`${header} has more than ${MAX_SIGNATURES} entries`);
    const signatures = signed.flatMap((entry) => decode(entry.slice(prefix.length)) ?? []);
    return signatures.length > 0
      ? { signatures, time: null, item: undefined }
      : malformed(list === undefined ? `${header} is not ${form}` : `no entry of ${header} is ${form}`);
  };
}

/** A value is what follows the first `=`, all of it: `t=1=2` is no time. */
function pairsReader(
  {
    pairs: header,
    separator,
    signature,
    time,
  }: { pairs: string; separator: string; signature: string; time: string },
  rule: SignedTime | undefined,
  { decode, form }: SignatureDecoder,
): (evidence: HeaderEvidence) => Read {
  const unit = rule?.unit ?? 's';
  return ({ headers }) => {
    const value = headers[header]?.toString();
    if (!value) return missing(`${header} is missing`);
    if (value.length > MAX_HEADER_LENGTH)
      return malformed(`${header} is longer than ${MAX_HEADER_LENGTH} characters`);
    const times: string[] = [];
    const claimed: string[] = [];
    for (const part of value.split(separator)) {
      const pair = part.trim();
      const equals = pair.indexOf('=');
      const name = equals === -1 ? pair : pair.slice(0, equals);
      if (name === time) times.push(equals === -1 ? '' : pair.slice(equals + 1));
      else if (name === signature) claimed.push(equals === -1 ? '' : pair.slice(equals + 1));
    }
    const [signedTime, ...furtherTimes] = times;
    if (signedTime === undefined) return malformed(`it has no ${time}=`);
    if (furtherTimes.length > 0) return malformed(`it has more than one ${time}=`);
    if (parseUnixTime(signedTime, unit) === null)
      return malformed(`${time}= is no unix time in ${UNITS[unit]}`);
    if (claimed.length === 0) return malformed(`it has no ${signature}=`);
    if (claimed.length > MAX_SIGNATURES) return malformed(`it has more than ${MAX_SIGNATURES} ${signature}=`);
    const signatures = claimed.flatMap((text) => decode(text) ?? []);
    return signatures.length === 0
      ? malformed(`no ${signature}= is ${form}`)
      : { signatures, time: signedTime, item: undefined };
  };
}

function fieldReader(path: string, { decode, form }: SignatureDecoder): ClaimReader['readSignatures'] {
  const names = path.split('.');
  return (evidence, { time }, item) => {
    const holder = item === undefined ? evidence.parse(evidence.raw) : item;
    const value = names.reduce(fieldOf, holder);
    if (value === undefined || value === null || value === '') return missing(`${path} is missing`);
    const signature = typeof value === 'string' ? decode(value) : null;
    return signature === null
      ? malformed(`${path} is not ${form}`)
      : { signatures: [signature], time, item: holder };
  };
}

const UNITS = { s: 'whole seconds', ms: 'whole milliseconds' } as const;

/** Adds the signed time to a claim and refuses it outside the window. Whole seconds of our clock count. */
function withinTime(
  rule: SignedTime | undefined,
  read: (evidence: HeaderEvidence) => Read,
): (evidence: HeaderEvidence) => Read {
  if (rule === undefined) return read;
  const { header, unit = 's', maxAgeSeconds, maxAheadSeconds } = rule;
  return (evidence) => {
    const claim = read(evidence);
    if ('reason' in claim) return claim;
    const text = header === undefined ? claim.time : evidence.headers[header]?.toString();
    if (!text) return missing(`${header ?? 'the signed time'} is missing`);
    const time = parseUnixTime(text, unit);
    if (time === null) return malformed(`${header ?? 'the signed time'} is no unix time in ${UNITS[unit]}`);
    const perSecond = unit === 'ms' ? 1000 : 1;
    const now = unit === 'ms' ? evidence.now.getTime() : Math.floor(evidence.now.getTime() / 1000);
    const age = now - time;
    if (age > maxAgeSeconds * perSecond)
      return { reason: 'too_old', detail: `signed ${Math.floor(age / perSecond)} s before it came` };
    if (-age > maxAheadSeconds * perSecond)
      return { reason: 'too_far_ahead', detail: `signed ${Math.floor(-age / perSecond)} s after it came` };
    return header === undefined ? claim : { ...claim, time: text };
  };
}
