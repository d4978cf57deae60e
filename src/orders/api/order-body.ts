import {
  type BodyFault,
  type BodyRule,
  exponentOf,
  faultAt,
  MAX_SHOWN_NAME,
  type MinorUnits,
  textRule,
  unknownMembers,
} from '../../feature.js';

/** What a shop registers. */
export interface Registration {
  amount: MinorUnits;
  currency: string;
  gateway: string | null;
  account: string | null;
  customer: Readonly<Record<CustomerField, string | null>>;
  expiresAt: Date | null;
  metadata: Readonly<Record<string, string>>;
}

export const CUSTOMER_FIELDS = ['id', 'email', 'phone', 'name', 'locale'] as const;
export type CustomerField = (typeof CUSTOMER_FIELDS)[number];

const MAX_AMOUNT = 10n ** 15n;
export const MAX_METADATA_ENTRIES = 16;
export const MAX_KEY_LENGTH = 40;
export const MAX_VALUE_LENGTH = 500;
/** In characters. An e-mail address has at most 320. */
const MAX_CUSTOMER_LENGTH: Readonly<Record<CustomerField, number>> = {
  id: 255,
  email: 320,
  phone: 64,
  name: 255,
  locale: 35,
};
const GATEWAY_NAME = /^[a-z][a-z0-9_]{0,30}$/;
const ACCOUNT_NAME = /^[a-z0-9_]{1,40}$/;

const RULES: Readonly<Record<string, BodyRule>> = {
  amount: (value) =>
    typeof value === 'string' && /^[1-9]\d{0,15}$/.test(value) && BigInt(value) <= MAX_AMOUNT
      ? null
      : 'must be a string of minor units, a whole number from 1 to 10^15',
  currency: (value) =>
    typeof value === 'string' && exponentOf(value) !== null ? null : 'must be an upper-case ISO 4217 code',
  gateway: optional(nameRule(GATEWAY_NAME, 'a gateway')),
  account: optional(nameRule(ACCOUNT_NAME, 'an account')),
  customer: optional((value) => (isObject(value) ? null : 'must be an object')),
  expiresAt: optional((value) =>
    readTime(value) === null ? 'must be a date, or a date with a time, as ISO 8601 writes them' : null,
  ),
  metadata: optional((value) => {
    if (!isObject(value)) return 'must be an object';
    const isTooLong = Object.keys(value).length > MAX_METADATA_ENTRIES;
    return isTooLong ? `must have at most ${MAX_METADATA_ENTRIES} entries` : null;
  }),
};

function optional(rule: BodyRule): BodyRule {
  return (value) => (value === undefined || value === null ? null : rule(value));
}

function nameRule(pattern: RegExp, what: string): BodyRule {
  return (value) => (typeof value === 'string' && pattern.test(value) ? null : `must be the name of ${what}`);
}

/** Reads the body of a registration. Pure. Returns every fault with its path. */
export function readRegistration(body: object): Registration | readonly BodyFault[] {
  const given = body as Record<string, unknown>;
  const customer = isObject(given.customer) ? given.customer : {};
  const metadata = isObject(given.metadata) ? given.metadata : {};
  const faults = [
    ...unknownMembers(given, Object.keys(RULES), ''),
    ...Object.entries(RULES).flatMap(([path, rule]) => faultAt(path, rule(given[path]))),
    ...unknownMembers(customer, CUSTOMER_FIELDS, 'customer.'),
    ...CUSTOMER_FIELDS.flatMap((field) =>
      faultAt(`customer.${field}`, optional(textRule(1, MAX_CUSTOMER_LENGTH[field]))(customer[field])),
    ),
    ...Object.entries(metadata)
      .slice(0, MAX_METADATA_ENTRIES)
      .flatMap(([key, value]) => metadataFaults(key, value)),
  ];
  if (faults.length > 0) return faults;
  return {
    amount: given.amount as string,
    currency: given.currency as string,
    gateway: (given.gateway as string | undefined) ?? null,
    account: (given.account as string | undefined) ?? null,
    customer: Object.fromEntries(
      CUSTOMER_FIELDS.map((field) => [field, (customer[field] as string | undefined) ?? null]),
    ) as Registration['customer'],
    expiresAt: readTime(given.expiresAt),
    metadata: metadata as Record<string, string>,
  };
}

export interface SettlementRequest {
  as: 'paid' | 'canceled';
  reason: string;
}

/** Reads the body of a settlement. Pure. Returns every fault with its path. */
export function readSettlement(body: object): SettlementRequest | readonly BodyFault[] {
  const { as, reason } = body as Record<string, unknown>;
  const faults = [
    ...unknownMembers(body, ['as', 'reason'], ''),
    ...faultAt('as', as === 'paid' || as === 'canceled' ? null : 'must be paid or canceled'),
    ...faultAt('reason', textRule(1, MAX_VALUE_LENGTH)(reason)),
  ];
  return faults.length > 0 ? faults : ({ as, reason } as SettlementRequest);
}

function metadataFaults(key: string, value: unknown): BodyFault[] {
  const path = `metadata.${key.slice(0, MAX_SHOWN_NAME)}`;
  const ofKey = textRule(1, MAX_KEY_LENGTH)(key);
  if (ofKey !== null) return [{ path, message: `the key ${ofKey}` }];
  return faultAt(path, textRule(0, MAX_VALUE_LENGTH)(value));
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const DATE_TIME =
  /^(\d{4}-\d\d-\d\d)(?:[Tt ]((?:[01]\d|2[0-3]):[0-5]\d)(:[0-5]\d(?:[.,]\d{1,9})?)?(Z|z|[+-](?:[01]\d|2[0-3]):?[0-5]\d)?)?$/;

/** A time without an offset is a time in UTC. Null for what is no time between the years 1 and 9999. */
function readTime(value: unknown): Date | null {
  const match = typeof value === 'string' ? DATE_TIME.exec(value) : null;
  if (!match) return null;
  const [, day = '', time = '00:00', seconds = ':00', offset = 'Z'] = match;
  const midnight = new Date(`${day}T00:00:00Z`);
  // `Date` reads February 30 as March 2.
  const exists = !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(day);
  if (!exists || day.startsWith('0000')) return null;
  const zone = offset.toUpperCase().replace(/^([+-]\d\d)(\d\d)$/, '$1:$2');
  return new Date(`${day}T${time}${seconds.replace(',', '.')}${zone}`);
}
