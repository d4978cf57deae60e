import { isIP } from 'node:net';
import { type Parser, InvalidValue } from './reading.js';

/** A whole number in plain digits. */
export function integer(least: number, most: number): Parser<number> {
  return (text) => {
    const value = /^(0|[1-9]\d{0,15})$/.test(text) ? Number(text) : NaN;
    return value >= least && value <= most
      ? value
      : new InvalidValue(`must be a whole number from ${least} to ${most}`);
  };
}

const UNIT_SECONDS = { s: 1, m: 60, h: 3_600, d: 86_400 } as const;
const MAX_DURATION_DAYS = 365;

/** A number of seconds, minutes, hours or days (`90s`, `30m`, `1h`, `1d`), in seconds; 0 for `0` and `off`. */
export const duration: Parser<number> = (text) => {
  if (text === '0' || text === 'off') return 0;
  const [, count, unit] = /^([1-9]\d{0,8}) ?([smhd])$/.exec(text) ?? [];
  const seconds = Number(count) * UNIT_SECONDS[unit as keyof typeof UNIT_SECONDS];
  return seconds <= MAX_DURATION_DAYS * UNIT_SECONDS.d
    ? seconds
    : new InvalidValue(
        `must be a duration such as 30m, 1h or 1d, up to ${MAX_DURATION_DAYS}d; or 0 for never`,
      );
};
/** A number with up to four digits behind the point. */
export function decimal(least: number, most: number): Parser<number> {
  return (text) => {
    const value = /^\d{1,9}(\.\d{1,4})?$/.test(text) ? Number(text) : NaN;
    return value >= least && value <= most
      ? value
      : new InvalidValue(
          `must be a number from ${least} to ${most} with at most four decimals, such as 6 or 1.5`,
        );
  };
}

/** Comma-separated numbers as {@link decimal} reads them, each larger than the one before. */
export function ascending(least: number, most: number, count: number): Parser<readonly number[]> {
  const read = decimal(least, most);
  return (text) => {
    const values = text.split(',', count + 1).map((part) => read(part.trim(), { production: false }));
    const numbers = values.filter((value) => typeof value === 'number');
    const isAscending = numbers.every((value, at) => at === 0 || value > (numbers[at - 1] ?? value));
    return numbers.length === values.length && numbers.length <= count && isAscending
      ? Object.freeze(numbers)
      : new InvalidValue(
          `must be up to ${count} comma-separated numbers from ${least} to ${most}, each larger than the one before`,
        );
  };
}

export function oneOf<const T extends string>(...words: readonly T[]): Parser<T> {
  return (text) =>
    words.find((word) => word === text) ?? new InvalidValue(`must be one of ${words.join(', ')}`);
}

/** A comma-separated choice of the words, each once and in any order; none of them for `none`. */
export function words(known: readonly string[]): Parser<readonly string[]> {
  return (text) => {
    const chosen = text === 'none' ? [] : text.split(',').map((word) => word.trim());
    return chosen.every((word) => known.includes(word)) && new Set(chosen).size === chosen.length
      ? Object.freeze(chosen)
      : new InvalidValue(`must be none, or comma-separated words, each once, of ${known.join(', ')}`);
  };
}

export const flag: Parser<boolean> = (text) => {
  if (text === '1' || text === 'true') return true;
  if (text === '0' || text === 'false') return false;
  return new InvalidValue('must be 0 or 1 (or true or false)');
};

export const host: Parser<string> = (text) =>
  isIP(text) !== 0 || /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/i.test(text)
    ? text
    : new InvalidValue('must be an IP address or a host name, without a port');

/** A path. It must not be blank or contain control characters. */
export const folder: Parser<string> = (text) =>
  isPlainText(text) && text.trim() !== '' ? text : new InvalidValue('must be a path to a folder');

/**
 * A URL with one of these schemes (`smtp:`). It must have a host unless `hostless` is set. The text is returned as it
 * is.
 */
export function url(schemes: readonly string[], { hostless = false } = {}): Parser<string> {
  const wrong = new InvalidValue(
    `must be a URL that starts with ${schemes.map((scheme) => `${scheme}//`).join(' or ')}, its user and password percent-encoded`,
  );
  return (text) => {
    if (/\s/.test(text) || !text.includes('://') || !URL.canParse(text)) return wrong;
    const { protocol, hostname } = new URL(text);
    return schemes.includes(protocol) && (hostname !== '' || hostless) ? text : wrong;
  };
}

/** The URL of a gateway's API. Credentials have variables of their own. */
export const apiUrl: Parser<string> = (text) => {
  const base = url(['https:', 'http:'])(text, { production: false });
  if (base instanceof InvalidValue || new URL(text).username !== '' || new URL(text).password !== '') {
    return new InvalidValue('must be a URL that starts with https:// or http://, without user and password');
  }
  return base;
};

/** A value of Express's `trust proxy`, without the forms that trust every proxy by accident. */
export const trustedProxies: Parser<number | readonly string[] | false> = (text) => {
  if (/^\d{1,2}$/.test(text)) return Number(text) === 0 ? false : Number(text);
  const ranges = text.split(',').map((range) => range.trim());
  return ranges.every(isAddressRange)
    ? Object.freeze(ranges)
    : new InvalidValue('must be a number of hops (0 to 99) or comma-separated IP addresses and CIDR ranges');
};

/** A prefix of 0 would trust every address; Express refuses it too. */
function isAddressRange(text: string): boolean {
  const [address = '', prefix, ...rest] = text.split('/');
  const family = address.includes('%') ? 0 : isIP(address);
  if (family === 0 || rest.length > 0) return false;
  return (
    prefix === undefined || (/^[1-9]\d{0,2}$/.test(prefix) && Number(prefix) <= (family === 4 ? 32 : 128))
  );
}

const ADDRESS = String.raw`[^\s<>()\[\]\\,;:@"]+@[^\s<>()\[\]\\,;:@"]+`;
const MAILBOX = new RegExp(String.raw`^(?:${ADDRESS}|(?:"[^"\\]*" ?|[^<>()\[\]\\,;:@"]*)<${ADDRESS}>)$`);

/** One sender for a From header. A line break is refused, because it would add a header. */
export const mailbox: Parser<string> = (text) =>
  isPlainText(text) && MAILBOX.test(text)
    ? text
    : new InvalidValue('must be one mailbox such as orders@shop.example or Shop <orders@shop.example>');

/** One plain address with a domain, that a mail can be sent to. */
export const emailAddress: Parser<string> = (text) =>
  text.length <= 254 && PLAIN_ADDRESS.test(text)
    ? text
    : new InvalidValue('must be one plain address such as ops@shop.example');

const PLAIN_ADDRESS =
  /^[a-z0-9!#$%&'*+/=?^_`{|}~-]{1,64}(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]{1,64}){0,8}@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.){1,10}[a-z](?:[a-z0-9-]{0,61}[a-z0-9])$/i;

/** A BCP 47 language tag, returned in its canonical spelling. */
export const locale: Parser<string> = (text) => {
  try {
    return Intl.getCanonicalLocales(text)[0] ?? NOT_A_LOCALE;
  } catch (error) {
    if (error instanceof RangeError) return NOT_A_LOCALE;
    throw error;
  }
};
const NOT_A_LOCALE = new InvalidValue('must be a BCP 47 language tag such as en or de-CH');

/** Comma-separated keys of 32 bytes each, newest first. */
export const payloadKeys: Parser<readonly string[]> = (text) => {
  const keys = text.split(',').map((key) => key.trim());
  const right = keys.every((key) => /^[A-Za-z0-9+/]{43}=$/.test(key)) && new Set(keys).size === keys.length;
  return right
    ? Object.freeze(keys)
    : new InvalidValue('must be comma-separated keys of 32 bytes in base64, each once');
};

/** The name of a channel. It is no part of a variable's name, so it may have hyphens. */
export const CHANNEL_NAME = /^[a-z][a-z0-9_-]{0,30}$/;

/** Comma-separated names of channels, each once. */
export const channelNames: Parser<readonly string[]> = (text) => {
  const names = text.split(',').map((name) => name.trim());
  const right = names.every((name) => CHANNEL_NAME.test(name)) && new Set(names).size === names.length;
  return right
    ? Object.freeze(names)
    : new InvalidValue('must be comma-separated names of channels such as mail,http, each once');
};

const MAX_SIGNING_SECRETS = 2;

/** Secrets that Standard Webhooks signs with: `whsec_` and the base64 of 24 to 64 bytes, one or two. */
export const signingSecrets: Parser<readonly string[]> = (text) => {
  const secrets = text.split(',').map((secret) => secret.trim());
  const right = secrets.length <= MAX_SIGNING_SECRETS && secrets.every(isSigningSecret);
  return right
    ? Object.freeze(secrets)
    : new InvalidValue(
        'must be one or two secrets, separated by a comma: whsec_ and the base64 of 24 to 64 random bytes',
      );
};

function isSigningSecret(secret: string): boolean {
  const bytes = Buffer.from(secret.slice('whsec_'.length), 'base64');
  return bytes.length >= 24 && bytes.length <= 64 && secret === `whsec_${bytes.toString('base64')}`;
}

/** Comma-separated names of files and packages, each once. */
export const pluginNames: Parser<readonly string[]> = (text) => {
  const names = text.split(',').map((name) => name.trim());
  const right =
    names.every((name) => name !== '' && isPlainText(name)) && new Set(names).size === names.length;
  return right
    ? Object.freeze(names)
    : new InvalidValue('must be comma-separated files or packages, each once');
};

/** Whether a text has no control characters: a line break or an escape could act on a header or a terminal. */
export function isPlainText(text: string): boolean {
  return !/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/.test(text);
}
