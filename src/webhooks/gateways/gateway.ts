import type { IncomingHttpHeaders } from 'node:http';
import type { ClassConstructor } from 'class-transformer';
import type { Mode, PaymentReport } from '../../payments/index.js';

/** Why a request was refused. The caller sees one wording for all; these go to metrics and the operator. */
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
  /** Too many asymmetric signatures wait to be checked: 503, as {@link CannotVerifyNowError} tells. */
  | 'cannot_verify_now'
  /** A key of the API's, not a webhook's. */
  | 'bad_key';

export type VerificationResult =
  { ok: true; /** Which of the secrets matched. */ secret: number } | { ok: false; reason: RefusalReason };

/** Why headers prove nothing, and for the operator what is wrong with them: in words, never in a value of theirs. */
export interface Refusal {
  reason: RefusalReason;
  detail: string;
}

/** Everything a signature may cover. Secrets come newest first; any of them may match. */
export interface Evidence {
  raw: Buffer;
  /** Lower-cased by Node. */
  headers: IncomingHttpHeaders;
  /** Path and query as received, for gateways that sign them. */
  url: string;
  /** The secret segment of the path, for gateways that sign nothing. */
  token: string | null;
  secrets: readonly string[];
  now: Date;
}

/** A message that proved itself, or an answer that we fetched, with its body parsed (JSON, or a form as an object). */
export interface VerifiedMessage {
  raw: Buffer;
  body: unknown;
  headers: IncomingHttpHeaders;
  provenance: 'received' | 'fetched';
  /** The account's mode, for messages that do not say. */
  mode: Mode;
  receivedAt: Date;
}

/**
 * What makes a message the same as an earlier one. Made of signed bytes only; `key` is unique within the account.
 * A null key means every delivery is new (a hint). An id or a type that breaks the rules (see {@link isValidId})
 * is reported as a fault at its path; the key is then the body's digest, or what else still tells deliveries apart.
 */
export interface Identity {
  key: string | null;
  eventId: string | null;
  type: string | null;
  issues: readonly ValidationIssue[];
}

/** One thing wrong with a body, at its exact path (`data.amount`, `$` for the body itself). */
export interface ValidationIssue {
  path: string;
  message: string;
}

export type Translation =
  /**
   * What the message says of payments. `faults`: of several events in one body, those that are not in `reports`; the
   * reports count, and the message is shown as parked with `partial: true`. `places`: which of the body's events each
   * report comes from, where that is not its index. A report is known by its place, so that a body that is read again
   * by mended code adds what it could not read and repeats nothing.
   */
  | {
      kind: 'reports';
      reports: readonly PaymentReport[];
      issues?: readonly ValidationIssue[];
      /** Faults that were counted and are not in `faults`. */
      more?: number;
      places?: readonly number[];
    }
  /** Says nothing about a payment: stored, acknowledged, left alone. */
  | { kind: 'ignored' }
  /** Proves nothing itself: the gateway is asked, and its answer is what counts. */
  | { kind: 'hint'; orderId: string };

/** A body that fits its DTO and still cannot be translated. The message lists paths, never values. */
export class UntranslatableError extends Error {
  constructor(readonly issues: readonly ValidationIssue[]) {
    super(`untranslatable: ${issues.map((fault) => fault.path).join(', ')}`);
  }
}

/** Thrown by {@link Gateway.verify} where nothing can be said of the signature now: the sender must come again. */
export class CannotVerifyNowError extends Error {}

/** How {@link Gateway.fetch} ended: an answer to store, a final no (the hint is parked), or a reason to try again. */
export type FetchOutcome =
  { kind: 'answer'; raw: Buffer } | { kind: 'final'; reason: string } | { kind: 'retry'; reason: string };

/**
 * One payment gateway: how it proves itself and how it speaks. A gateway is one folder, and one line in `index.ts`.
 * All methods but `fetch` are pure: the clock and the secrets are passed in.
 */
export interface Gateway {
  /** The brand word: the same in the URL, the folder, the database and (upper-case) the environment. */
  readonly name: string;
  readonly contentTypes: readonly ('json' | 'form')[];
  /** The path ends in a secret token: `/webhooks/<name>[/<account>]/<token>`. */
  readonly tokenInPath?: boolean;
  /** What a verified body that fails its DTO is answered: 200 and parked (default), or 422 with the faults. */
  readonly invalidBodyResponse?: 'parked' | 'unprocessable';
  /** Names of further settings, `<NAME>_<SETTING>[__<ACCOUNT>]` in the environment, handed to `fetch`. */
  readonly settings?: readonly string[];

  /** What is wrong with a configured secret, as the end of a sentence; null when nothing is. Never repeats it. */
  checkSecret?(secret: string): string | null;
  /** A secret in the gateway's own form, out of at least 32 random bytes; for the sandbox. */
  makeSecret?(random: Buffer): string;
  /** The mode its settings tell, where they do. */
  modeOf?(settings: Readonly<Record<string, string>>): Mode | null;

  /** What headers alone can refuse, before a byte of the body is read; null to go on. */
  checkHeaders?(input: Omit<Evidence, 'raw'>): RefusalReason | null;
  /**
   * For the operator: what is wrong with headers that `checkHeaders` or `verify` refused, in words and never in a
   * value of theirs. Pure; null when there is nothing to add to the reason. It tells what the same reading of the
   * headers found that `verify` refused them by: a second parser would explain something else than was refused.
   */
  explainHeaders?(input: Omit<Evidence, 'raw'>): string | null;
  /**
   * Does any secret in use prove these very bytes? Constant time; never throws for what a sender can send, but
   * {@link CannotVerifyNowError} (or rejects with it) where too much of that work is under way. Bounded work: anybody
   * can ask for it.
   */
  verify(input: Evidence): VerificationResult | Promise<VerificationResult>;
  /** Is a signature by this secret too costly to be tried while a refusal is examined (asymmetric ones)? */
  isCostly?(secret: string): boolean;

  identify(message: VerifiedMessage): Identity;
  /** The DTO this message must fit (class-validator), or null for one that says nothing about a payment. */
  dtoFor(message: VerifiedMessage): ClassConstructor<object> | null;
  /** `dto` is an instance of what `dtoFor` named, validated. Throws {@link UntranslatableError}, nothing else. */
  translate(dto: object, message: VerifiedMessage): Translation;

  /** Ask the gateway itself. Bounded in time and size; never throws for what a gateway or the network can do. */
  fetch?(hint: { orderId: string }, settings: Readonly<Record<string, string>>): Promise<FetchOutcome>;
  /** The acknowledgement body, for gateways that insist on one of their own. */
  acknowledge?(answer: { status: string; id: string }): { contentType: string; body: string };
}

/** Ids are 1 to 255 printable ASCII characters, types at most 255 characters. */
export const isValidId = (id: unknown): id is string =>
  typeof id === 'string' && /^[\x20-\x7e]{1,255}$/.test(id);
export const isValidType = (type: unknown): type is string =>
  typeof type === 'string' && type.length >= 1 && type.length <= 255;

export const MAX_CLOCK_AHEAD_MS = 5 * 60_000;
const EARLIEST = Date.UTC(2000, 0, 1);

/** When it happened, by the gateway: before 2000 or more than five minutes after receipt is a fault. Old is fine. */
export function occurredAtFault(occurredAt: Date, receivedAt: Date): string | null {
  const at = occurredAt.getTime();
  if (Number.isNaN(at)) return 'must be a readable time';
  if (at < EARLIEST) return 'must not be before 2000';
  if (at > receivedAt.getTime() + MAX_CLOCK_AHEAD_MS) return 'must not be more than 5 minutes after receipt';
  return null;
}
