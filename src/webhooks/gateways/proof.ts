import type { IncomingHttpHeaders } from 'node:http';
import type { Mode } from '../../payments/index.js';

/** Why a request was refused. The caller sees one wording for all reasons. Metrics and operators see the reason. */
export type RefusalReason =
  | 'missing_signature'
  | 'malformed_signature'
  | 'no_secret_matches'
  | 'too_old'
  | 'too_far_ahead'
  | 'bad_token'
  | 'unknown_gateway'
  | 'unknown_account'
  | 'content_type'
  | 'content_encoding'
  | 'too_large'
  | 'not_json'
  | 'rate_limited'
  | 'overloaded'
  | 'not_stored'
  /** Too many asymmetric signatures wait to be checked. The answer is 503: see {@link CannotVerifyNowError}. */
  | 'cannot_verify_now'
  /** An API key is not valid. No webhook is refused for this reason. */
  | 'bad_key';

/** `secret` is the index of the secret that matched. */
export type VerificationResult = { ok: true; secret: number } | { ok: false; reason: RefusalReason };

/** Why headers prove nothing. `detail` tells an operator what is wrong with them and never repeats a value. */
export interface Refusal {
  reason: RefusalReason;
  detail: string;
}

/** Thrown by a custom proof that cannot say now whether the signature is right. The sender is told to send again. */
export class CannotVerifyNowError extends Error {}

/** What is known of a request before its body is read. */
export interface HeaderEvidence {
  /** Names are lower-cased by Node. */
  headers: IncomingHttpHeaders;
  /** Path and query as they were received. */
  url: string;
  /** The last segment of the path, for gateways whose path ends in a token. */
  token: string | null;
  /** The secrets of the account, newest first. Any of them may match. */
  secrets: readonly string[];
  /** The settings of the account, by the names that {@link Gateway.settings} declares. */
  settings: Readonly<Record<string, string>>;
  mode: Mode;
  now: Date;
  /**
   * The whole URL that the sender called, as this process sees it: behind a proxy that `TRUST_PROXY` names, scheme and
   * host are the ones the proxy was asked for. Some gateways sign it.
   */
  readonly publicUrl: () => string;
}

/** Everything that a signature may cover. */
export interface Evidence extends HeaderEvidence {
  raw: Buffer;
  /**
   * The bytes as a value, or undefined where they are no JSON (or form) within the limits on a body. The same bytes are
   * parsed once, however often this is called.
   */
  readonly parse: (raw: Buffer) => unknown;
}

/** The values of one query parameter, decoded. */
export function queryValues({ url }: HeaderEvidence, name: string): string[] {
  const at = url.indexOf('?');
  return at === -1 ? [] : new URLSearchParams(url.slice(at + 1)).getAll(name);
}

export type HashName = 'sha1' | 'sha256' | 'sha512';

/**
 * Where a signature stands. Names of headers are lower case.
 * - `header`: the whole value after `prefix`; with `list`, each of the parts between this separator is a signature.
 * - `pairs`: a header of `name=value` pairs between `separator`s, of which `signature` and `time` name two.
 * - `field`: a field of the body, by its path with points.
 */
export type SignaturePlace =
  | { readonly header: string; readonly prefix?: string; readonly list?: string }
  | { readonly pairs: string; readonly separator: string; readonly signature: string; readonly time: string }
  | { readonly field: string };

/** A signed time, and how far it may lie from our clock. A time at the very edge passes. */
export interface SignedTime {
  /** The header it stands in. Left out: the `time` of the pairs. */
  readonly header?: string;
  /** Whole seconds (default) or whole milliseconds since 1970, in plain digits. */
  readonly unit?: 's' | 'ms';
  readonly maxAgeSeconds: number;
  readonly maxAheadSeconds: number;
}

/** What a request claims beside its signatures. */
export interface Claim {
  /** The signed time as it was written. */
  readonly time: string | null;
  /** With `each`: the event that the signature is of. */
  readonly item: unknown;
}

interface Signed {
  readonly at: SignaturePlace;
  /** Default `hex`, in either case. */
  readonly encoding?: 'hex' | 'base64';
  /** Default `sha256`. */
  readonly hash?: HashName;
  readonly time?: SignedTime;
  /**
   * The parts of a body that are signed one by one; all of them must be right under the same secret. A `field` is then
   * looked for in each part. No more than {@link MAX_SIGNED_ITEMS} are looked at.
   */
  readonly each?: (body: unknown) => readonly unknown[];
}

/** An HMAC of what `covers` names, by default of the raw body. */
export interface HmacProof extends Signed {
  readonly by: 'hmac';
  /**
   * How a configured secret is the key: its text (default), what it is the hexadecimal or base64 of, or what a function
   * makes of it. A secret that gives no key, or an empty one, never matches.
   */
  readonly key?: 'text' | 'hex' | 'base64' | ((secret: string) => Buffer | null);
  readonly covers?: (evidence: Evidence, claim: Claim) => readonly (string | Buffer)[];
}

/** A plain hash of parts that hold the secret. */
export interface DigestProof extends Signed {
  readonly by: 'digest';
  readonly covers: (evidence: Evidence, claim: Claim, secret: string) => readonly (string | Buffer)[];
}

/** The secret itself: the last segment of the path, `user:password` of Basic authentication, or a header. */
export interface TokenProof {
  readonly by: 'token';
  readonly at: 'path' | 'basic' | { readonly header: string; readonly prefix?: string };
}

/** Anything else. Both functions do bounded work, as anybody can ask for it. */
export interface CustomProof {
  readonly by: 'custom';
  /** The headers that it reads, and what each holds. `/docs-json` shows them; other proofs declare theirs by `at`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** What headers alone can refuse, before a byte of the body is read; null to go on. */
  checkHeaders?(evidence: HeaderEvidence): Refusal | null;
  /**
   * Does any secret prove these very bytes? Constant time. Never throws for what a sender can send, but
   * {@link CannotVerifyNowError} (or rejects with it) where too much of that work is under way.
   */
  prove(evidence: Evidence): VerificationResult | Promise<VerificationResult>;
  /** Is a signature by this secret too costly to be tried while a refusal is diagnosed (asymmetric ones)? */
  isCostly?(secret: string): boolean;
}

/** How a gateway's requests prove themselves, as one declaration that `compileVerifier` turns into a {@link Verifier}. */
export type Proof = HmacProof | DigestProof | TokenProof | CustomProof;

/** A declaration made ready once, at start. Pure; constant time; never throws for what a sender can send. */
export interface Verifier {
  /** What headers alone can refuse, before a byte of the body is read; null to go on. */
  readonly checkHeaders: (evidence: HeaderEvidence) => Refusal | null;
  /** Work is bounded by the size of the body, the number of secrets and {@link MAX_SIGNED_ITEMS}. */
  readonly verify: (evidence: Evidence) => VerificationResult | Promise<VerificationResult>;
  readonly isCostly: (secret: string) => boolean;
}

/** More signed parts of one body than any gateway sends (GoCardless: 250). */
export const MAX_SIGNED_ITEMS = 250;
