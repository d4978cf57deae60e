import type { IncomingHttpHeaders } from 'node:http';
import type { ClassConstructor } from 'class-transformer';
import type { FailureReasons, Mode, PaymentReport } from '../../payments/index.js';
import type { SettingRule } from '../../platform/config/configurable-gateway.js';
import type { ListOutcome, ListRequest, PaymentQuestion } from './listing.js';
import type { Proof } from './proof.js';

export * from './listing.js';
export type { SettingRule } from '../../platform/config/configurable-gateway.js';
export * from './proof.js';

/**
 * How a message came: `received`, the gateway sent it; `fetched`, the gateway answered a question about it;
 * `reconciled`, a reconciliation found it in one of the gateway's lists.
 */
export type Provenance = 'received' | 'fetched' | 'reconciled';

/** A message that proved itself, or an answer of the gateway, with its body parsed (JSON, or a form as an object). */
export interface VerifiedMessage {
  raw: Buffer;
  body: unknown;
  headers: IncomingHttpHeaders;
  provenance: Provenance;
  /**
   * For an answer that is an object and no event: when the object was in this state. Null or left out where the body
   * says when it happened. A message that was received never has it.
   */
  observedAt?: Date | null;
  /** The account's mode, for messages that do not say. */
  mode: Mode;
  /** The settings of the account, by the names that {@link Gateway.settings} declares. */
  settings: Readonly<Record<string, string>>;
  receivedAt: Date;
}

/**
 * What makes a message the same as an earlier one. Made of signed bytes only; `key` is unique within the account.
 * A null key means every delivery is new (a hint). An id or a type that breaks the rules (see {@link isValidId})
 * is an issue at its path; the key is then the body's digest, or what else still tells deliveries apart.
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
   * What the event says of payments: one report for each payment that it is about. `keys` are what the reports are known
   * by, whatever body they come in, for a body that is no event. Left out: the key of the event, and the place in it.
   */
  | { kind: 'reports'; reports: readonly PaymentReport[]; keys?: readonly string[] }
  /** The event says nothing about a payment. It is stored and acknowledged, and nothing else is done. */
  | { kind: 'ignored' }
  /**
   * The message does not say what happened. The gateway is asked, and its answer is what counts. Only the gateway that
   * wrote the hint reads it ({@link isValidHint}). Equal hints of an account that wait share one question.
   */
  | { kind: 'hint'; hint: string };

/** A body that fits its DTO and still cannot be translated. The message lists paths, never values. */
export class UntranslatableError extends Error {
  constructor(readonly issues: readonly ValidationIssue[]) {
    super(`untranslatable: ${issues.map(({ path }) => path).join(', ')}`);
  }
}

/**
 * How {@link Gateway.fetch} ended. `reason` is read by an operator. It never holds a key, or text of the answer.
 * - `answer`: stored as a delivery of its own. `headers` are stored with it, for what the body does not say.
 * - `final`: the hint is parked.
 * - `unavailable`: the account cannot be asked as it is configured. The hint is parked, and a start with another
 *   configuration takes it up again.
 * - `retry`: the question is asked again, after `retryAfterMs` at the earliest where the gateway told that.
 */
export type FetchOutcome =
  | {
      kind: 'answer';
      raw: Buffer;
      observedAt?: Date;
      headers?: Readonly<Record<string, string>>;
    }
  | { kind: 'final'; reason: string }
  | { kind: 'unavailable'; reason: string }
  | { kind: 'retry'; reason: string; retryAfterMs?: number };

/**
 * What a shop brought back from the browser after a payment. It proves at most that the gateway gave it out, so nothing
 * in it is believed:
 * - `hint`: what to ask the gateway about, as {@link Gateway.fetch} takes it
 * - `invalid`: its form is not known, or its signature does not match
 */
export type Confirmation =
  { kind: 'hint'; hint: string } | { kind: 'invalid'; issues: readonly ValidationIssue[] };

/**
 * One of several events in a body.
 *
 * `path` is its place in the body (`events.3`), with which the paths of its issues begin. `key` is unique within the
 * account and made of signed bytes: the event's reports are known by it, whatever body they come in, so an event that
 * comes again in another body changes nothing. Null: the event is known by its place in its body.
 */
export interface BodyEvent {
  readonly path: string;
  readonly body: unknown;
  readonly key: string | null;
}

/** An answer to a sender that is not the usual JSON document. */
export interface OwnAnswer {
  readonly status: 200 | 201 | 202 | 204;
  readonly contentType: string;
  readonly body: string;
}

/** What became of a message that is on disk. `id` is the delivery's. */
export interface StoredMessage {
  readonly status: 'accepted' | 'duplicate' | 'ignored' | 'parked';
  readonly id: string;
}

/** What a gateway says of the endpoint that it calls; `unknown` where it cannot be asked or said nothing of use. */
export type EndpointOutcome =
  | { kind: 'answer'; enabled: boolean; missingEvents: readonly string[] }
  | { kind: 'unknown'; reason: string };

/**
 * One payment gateway: how its requests prove themselves, and how its messages are read. A gateway is one folder and one
 * line in `index.ts`. All functions but `fetch`, `list` and `askPayment` are pure: the clock, the secrets and the settings
 * are passed in.
 */
export interface Gateway {
  /** The brand word, lower-case letters, digits and underscores: the same in the URL, the folder, the database and the environment. */
  readonly name: string;
  /** What bodies may be. Left out: JSON. */
  readonly contentTypes?: readonly ('json' | 'form')[];
  /** Whole numbers beyond 2^53 are read as text of their digits, so that long ids stay exact. */
  readonly bigIntegersAsText?: boolean;
  /** The path ends in a secret token: `/webhooks/<name>[/<account>]/<token>`. True exactly where `proof` is a token at `path`. */
  readonly tokenInPath?: boolean;
  /** What a verified body that fails its DTO is answered: 200 and parked (default), or 422 with the issues. */
  readonly invalidBodyResponse?: 'parked' | 'unprocessable';
  /** Further settings of its accounts: see {@link SettingRule}. */
  readonly settings?: Readonly<Record<string, SettingRule>>;
  /** Other programs read `<NAME>_…` variables, too: one that names no setting is left alone. Left out: it is a fault. */
  readonly sharesPrefix?: boolean;
  /** Those of {@link settings} without which the gateway's API cannot be asked anything. */
  readonly neededToAsk?: readonly string[];

  /** What is wrong with a configured secret, as the end of a sentence; null when nothing is. Never repeats it. */
  checkSecret?(secret: string): string | null;
  /** A secret in the gateway's own form, out of at least 32 random bytes; for the sandbox. */
  makeSecret?(random: Buffer): string;
  /** The mode that the settings tell, where they do. */
  modeOf?(settings: Readonly<Record<string, string>>): Mode | null;

  /** How a request proves itself. Of several ways one has to hold. */
  readonly proof: Proof | readonly Proof[];

  /** What tells this delivery from others. Of a body with several events: of the body as a whole. */
  identify(message: VerifiedMessage): Identity;
  /**
   * The events of a body that may hold several. Each is then read by itself: `dtoFor` and `translate` get a message
   * whose `body` is the event. The good ones are processed and the faulty ones wait, with the delivery shown as parked
   * and `partial: true`. Left out: the body is one event.
   */
  eventsIn?(message: VerifiedMessage): readonly BodyEvent[];
  /** The DTO an event must fit (class-validator), or null for one that says nothing about a payment. */
  dtoFor(message: VerifiedMessage): ClassConstructor<object> | null;
  /** `dto` is an instance of what `dtoFor` named, validated. Throws {@link UntranslatableError}, nothing else. */
  translate(dto: object, message: VerifiedMessage): Translation;

  /**
   * Asks the gateway itself what a hint is about; `now` is when the question begins. Bounded in time and size; never
   * throws for what a gateway or the network can do.
   */
  fetch?(hint: string, settings: Readonly<Record<string, string>>, now: Date): Promise<FetchOutcome>;
  /** When the event occurred that a hint is about; null where the hint does not say. Left out: no hint says it. */
  hintedAt?(hint: string): Date | null;

  /**
   * What to ask about after a payment in the browser, by the body of `POST /confirmations`. Only of accounts that can be
   * asked ({@link neededToAsk}). Left out: the gateway has no confirmations.
   */
  confirm?(body: object, settings: Readonly<Record<string, string>>): Confirmation;

  /**
   * Events name their merchant, and the objects of the gateway's API do not. An answer then keeps the merchant in the
   * header {@link MERCHANT_HEADER}, if the payments of the account name only one.
   */
  readonly answersNameNoMerchant?: boolean;

  /** The kinds of objects that `list` lists, payments first. Reconciliation asks for one after the other. */
  readonly listable?: readonly string[];
  /** One page of a list. */
  list?(request: ListRequest, settings: Readonly<Record<string, string>>): Promise<ListOutcome>;
  /** One payment with its refunds and disputes, for payments that no list brought. */
  askPayment?(question: PaymentQuestion, settings: Readonly<Record<string, string>>): Promise<ListOutcome>;
  /**
   * The gateway has no lists: reconciliation asks `askPayment` for every order of the window that is known from a payment
   * or a hint, by `gatewayOrderId`.
   */
  readonly knownOrdersOnly?: boolean;

  /**
   * The types of events that an endpoint at the gateway should be subscribed to. A version in front of a type that
   * comes (`v1.`) names the same event.
   */
  readonly subscribeTo?: readonly string[];
  /**
   * Whether a verified message is the gateway's own test of the endpoint, which comes again with the same content. It is
   * stored once for each type, answered as ignored each time, and is no event. Left out: no test message is known.
   */
  isTest?(message: VerifiedMessage): boolean;
  /**
   * Asks the gateway whether the endpoint whose URL ends in `path` is enabled, and which of `subscribeTo` it misses.
   * Bounded in time and size; never throws for what a gateway or the network can do.
   */
  endpoint?(path: string, settings: Readonly<Record<string, string>>): Promise<EndpointOutcome>;

  /** What the gateway's failure codes mean to a customer. */
  readonly failureReasons?: FailureReasons;
  /** E-mail addresses, in lower case, that the gateway writes where a customer gave none. Nobody is written to there. */
  readonly placeholderEmails?: readonly string[];

  /** The acknowledgement, for gateways that insist on one of their own. */
  acknowledge?(stored: StoredMessage): OwnAnswer;
  /** The status of a request that did not prove itself. Left out: 401. */
  readonly refusedStatus?: 401 | 403 | 498;
}

/** Ids are 1 to 255 printable ASCII characters, types at most 255 characters. */
export const isValidId = (id: unknown): id is string =>
  typeof id === 'string' && /^[\x20-\x7e]{1,255}$/.test(id);
export const isValidType = (type: unknown): type is string =>
  typeof type === 'string' && type.length >= 1 && type.length <= 255;

/** Hints are 1 to 1,024 bytes in UTF-8, without control characters: they stand in an index. */
export const isValidHint = (hint: string): boolean =>
  /^[^\p{Cc}\p{Cs}]+$/u.test(hint) && Buffer.byteLength(hint) <= 1024;

export const MAX_CLOCK_AHEAD_MS = 5 * 60_000;
const EARLIEST = Date.UTC(2000, 0, 1);

/** When it happened, by the gateway: before 2000 or more than five minutes after receipt is an issue. Old is fine. */
export function occurredAtIssue(occurredAt: Date, receivedAt: Date): string | null {
  const at = occurredAt.getTime();
  if (Number.isNaN(at)) return 'must be a readable time';
  if (at < EARLIEST) return 'must not be before 2000';
  if (at > receivedAt.getTime() + MAX_CLOCK_AHEAD_MS) return 'must not be more than 5 minutes after receipt';
  return null;
}
