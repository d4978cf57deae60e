import { isISO8601 } from 'class-validator';
import type { SubscriptionFilter } from '../rules/topics.js';
import { isSecret } from '../sending/secrets.js';

/** A fault of a body, and where it is. */
export interface BodyFault {
  readonly path: string;
  readonly message: string;
}

/** What may be changed later. */
export interface SubscriptionTerms {
  url: string;
  topics: readonly string[];
  filter: SubscriptionFilter;
  ordered: boolean;
  includeCustomer: boolean;
  maxInFlight: number;
  ratePerSecond: number;
  description: string | null;
}

export interface Registration extends SubscriptionTerms {
  /** Null where it is to be made. */
  secret: string | null;
}

export const MAX_URL_LENGTH = 2_048;
export const MAX_TOPICS = 50;
export const MAX_IN_FLIGHT = 100;
export const MAX_PER_SECOND = 1_000;
export const MAX_DESCRIPTION_LENGTH = 500;
const MAX_MERCHANT_LENGTH = 255;

export const DEFAULTS = { maxInFlight: 4, ratePerSecond: 50 } as const;

/** What is wrong with a value, as the end of a sentence; null when nothing is. */
type Rule = (value: unknown) => string | null;

const WRONG_SECRET = 'must be whsec_ and 24 to 64 bytes in base64; left out, a secret is made';

const SECRET = ifGiven((value) => (isSecret(value) ? null : WRONG_SECRET));

const TERMS: Readonly<Record<keyof SubscriptionTerms, Rule>> = {
  url: faultOfUrl,
  topics: (value) =>
    Array.isArray(value) && value.length >= 1 && value.length <= MAX_TOPICS
      ? null
      : `must be an array of 1 to ${MAX_TOPICS} topics`,
  filter: optional((value) => (isObject(value) ? null : 'must be an object')),
  ordered: ifGiven(isBoolean),
  includeCustomer: ifGiven(isBoolean),
  maxInFlight: ifGiven(wholeNumber(MAX_IN_FLIGHT)),
  ratePerSecond: ifGiven(wholeNumber(MAX_PER_SECOND)),
  description: optional(text(MAX_DESCRIPTION_LENGTH)),
};

const FILTER: Readonly<Record<keyof SubscriptionFilter, Rule>> = {
  gateway: optional(named(/^[a-z][a-z0-9_]{0,30}$/, 'a gateway')),
  account: optional(named(/^[a-z0-9_]{1,40}$/, 'an account')),
  mode: ifGiven((value) => (value === 'live' || value === 'test' ? null : 'must be live or test')),
  merchant: optional(text(MAX_MERCHANT_LENGTH)),
};

/** Whether events of this name may be published, or of one that begins so (`payment.*`). A misspelt name would never be sent. */
export type IsTopic = (topic: string) => boolean;

/** Reads the body of a registration. Pure. Returns every fault with its path. */
export function readRegistration(body: object, isTopic: IsTopic): Registration | readonly BodyFault[] {
  const given = body as Record<string, unknown>;
  const faults = [
    ...unknownMembers(given, [...Object.keys(TERMS), 'secret'], ''),
    ...Object.entries(TERMS).flatMap(([path, rule]) => faultAt(path, rule(given[path]))),
    ...faultsInside(given, isTopic),
    ...faultAt('secret', SECRET(given.secret)),
  ];
  if (faults.length > 0) return faults;
  return {
    url: given.url as string,
    topics: [...new Set(given.topics as string[])],
    filter: readFilter(given.filter),
    ordered: given.ordered === true,
    includeCustomer: given.includeCustomer === true,
    maxInFlight: (given.maxInFlight as number | undefined) ?? DEFAULTS.maxInFlight,
    ratePerSecond: (given.ratePerSecond as number | undefined) ?? DEFAULTS.ratePerSecond,
    description: (given.description as string | null | undefined) ?? null,
    secret: (given.secret as string | undefined) ?? null,
  };
}

/** Reads the body of a change: what is left out stays. Pure. Returns every fault with its path. */
export function readChange(
  body: object,
  isTopic: IsTopic,
): Partial<SubscriptionTerms> | readonly BodyFault[] {
  const given = body as Record<string, unknown>;
  const names = Object.keys(TERMS).filter((name) => given[name] !== undefined);
  const faults = [
    ...unknownMembers(given, Object.keys(TERMS), ''),
    ...names.flatMap((path) => faultAt(path, TERMS[path as keyof SubscriptionTerms](given[path]))),
    ...faultsInside(given, isTopic),
  ];
  if (faults.length > 0) return faults;
  // `null` means none of a member, as in a registration.
  const whole = readRegistration({ url: 'https://a.example', topics: ['*'], ...given }, isTopic);
  if (!('url' in whole)) return whole;
  return Object.fromEntries(names.map((name) => [name, whole[name as keyof SubscriptionTerms]]));
}

export type RedeliverRequest =
  | { readonly kind: 'since'; readonly since: Date }
  | { readonly kind: 'event'; readonly eventId: string }
  | { readonly kind: 'failed' };

const UUID_TEXT = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const DATE_TIME_TEXT = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d)?)?$/;

/** Reads which events are to be sent again: exactly one member. */
export function readRedeliver(body: object): RedeliverRequest | readonly BodyFault[] {
  const given = body as Record<string, unknown>;
  const known = ['since', 'eventId', 'failed'];
  const unknown = unknownMembers(given, known, '');
  if (unknown.length > 0) return unknown;
  const [name, ...more] = known.filter((one) => given[one] !== undefined);
  if (name === undefined || more.length > 0)
    return [{ path: name ?? 'since', message: 'exactly one of since, eventId and failed must be given' }];
  const value = given[name];
  if (name === 'failed')
    return value === true ? { kind: 'failed' } : [{ path: 'failed', message: 'must be true' }];
  if (name === 'eventId')
    return typeof value === 'string' && UUID_TEXT.test(value)
      ? { kind: 'event', eventId: value.toLowerCase() }
      : [{ path: 'eventId', message: 'must be the id of an event' }];
  const since = readTime(value);
  return since === null
    ? [{ path: 'since', message: 'must be a date, or a date with a time, as ISO 8601 writes them' }]
    : { kind: 'since', since };
}

/** Reads the body of a rotation: a secret, or none. */
export function readRotation(body: object): { secret: string | null } | readonly BodyFault[] {
  const { secret } = body as Record<string, unknown>;
  const faults = [...unknownMembers(body, ['secret'], ''), ...faultAt('secret', SECRET(secret))];
  return faults.length > 0 ? faults : { secret: (secret as string | undefined) ?? null };
}

function readTime(value: unknown): Date | null {
  if (typeof value !== 'string' || !DATE_TIME_TEXT.test(value)) return null;
  // Strict: `Date` reads 30 February as a day of March.
  if (!isISO8601(value, { strict: true })) return null;
  const hasOffset = /(?:Z|[+-]\d\d:\d\d)$/.test(value) || !value.includes('T');
  const time = new Date(hasOffset ? value : `${value}Z`);
  return Number.isNaN(time.getTime()) ? null : time;
}

function readFilter(value: unknown): SubscriptionFilter {
  const given = (isObject(value) ? value : {}) as Partial<SubscriptionFilter>;
  return {
    gateway: given.gateway ?? null,
    account: given.account ?? null,
    mode: given.mode ?? 'live',
    merchant: given.merchant ?? null,
  };
}

function faultsInside({ topics, filter }: Record<string, unknown>, isTopic: IsTopic): BodyFault[] {
  const ofTopics = (Array.isArray(topics) ? topics.slice(0, MAX_TOPICS) : []).flatMap((topic: unknown, at) =>
    faultAt(
      `topics[${at}]`,
      typeof topic === 'string' && isTopic(topic)
        ? null
        : 'must be the name of an event such as payment.succeeded, payment.* or *',
    ),
  );
  if (!isObject(filter)) return ofTopics;
  return [
    ...ofTopics,
    ...unknownMembers(filter, Object.keys(FILTER), 'filter.'),
    ...Object.entries(FILTER).flatMap(([name, rule]) => faultAt(`filter.${name}`, rule(filter[name]))),
  ];
}

/** The spelling only: where the URL leads is asked when the name is resolved. */
function faultOfUrl(value: unknown): string | null {
  if (typeof value !== 'string' || value.length > MAX_URL_LENGTH)
    return `must be a URL of at most ${MAX_URL_LENGTH} characters`;
  if (!isStorableUrl(value)) return 'must have no spaces and no control characters';
  if (!URL.canParse(value)) return hasWrongPort(value) ? WRONG_PORT : 'must be a URL';
  const { protocol, username, password, port } = new URL(value);
  if (protocol !== 'https:' && protocol !== 'http:') return 'must be a URL that starts with https://';
  if (port === '0') return WRONG_PORT;
  if (value.includes('#')) return 'must have no fragment: it is never sent';
  return username + password === '' && !/^[^/?#]*\/\/[^/?#]*@/.test(value)
    ? null
    : 'must have no user and no password';
}

const WRONG_PORT = 'must have a port from 1 to 65535';

/** A URL is shown as it was given, so it must be one that can be stored: without spaces and control characters. */
const isStorableUrl = (text: string): boolean => text.isWellFormed() && !/[\u0000-\u0020\u007f]/.test(text);

/** Of a text that is no URL: whether it is one without its port. */
const hasWrongPort = (text: string): boolean => {
  const without = text.replace(/^([^/?#]*\/\/[^/?#]*):[^/?#:\]]*/, '$1');
  return without !== text && URL.canParse(without);
};

/** May be left out. `null` is refused. */
function ifGiven(rule: Rule): Rule {
  return (value) => (value === undefined ? null : rule(value));
}

/** May be left out, and `null` means none. */
function optional(rule: Rule): Rule {
  return (value) => (value === undefined || value === null ? null : rule(value));
}

function isBoolean(value: unknown): string | null {
  return typeof value === 'boolean' ? null : 'must be true or false';
}

function wholeNumber(most: number): Rule {
  return (value) =>
    Number.isInteger(value) && (value as number) >= 1 && (value as number) <= most
      ? null
      : `must be a whole number from 1 to ${most}`;
}

function named(pattern: RegExp, what: string): Rule {
  return (value) => (typeof value === 'string' && pattern.test(value) ? null : `must be the name of ${what}`);
}

/** PostgreSQL stores no text with a NUL or with half of a surrogate pair. */
function text(most: number): Rule {
  return (value) => {
    const length = typeof value === 'string' ? [...value].length : -1;
    if (typeof value !== 'string' || length < 1 || length > most)
      return `must be a text of 1 to ${most} characters`;
    return value.isWellFormed() && !value.includes('\0') ? null : 'must be a text that can be stored';
  };
}

const faultAt = (path: string, message: string | null): BodyFault[] =>
  message === null ? [] : [{ path, message }];

/** Names come from the caller: a fault shows so many characters of each, and so many names. */
const MAX_SHOWN_NAME = 64;
const MAX_SHOWN_NAMES = 10;

const unknownMembers = (given: object, known: readonly string[], prefix: string): BodyFault[] =>
  Object.keys(given)
    .filter((name) => !known.includes(name))
    .slice(0, MAX_SHOWN_NAMES)
    .map((name) => ({ path: prefix + name.slice(0, MAX_SHOWN_NAME), message: 'is unknown' }));

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
