import { isUtf8 } from 'node:buffer';
import type { Gateway } from '../gateways/gateway.js';
import { quoteBigIntegers } from './quote-big-integers.js';

export const MAX_NESTING = 64;

/** The value of a verified body. Undefined if the bytes are not UTF-8, not JSON (or a form), or nested over 64 deep. */
export function parseBody(
  raw: Buffer,
  contentType: string | undefined,
  accepts: Gateway['contentTypes'] = JSON_ONLY,
  bigIntegersAsText = false,
): unknown {
  if (raw.length === 0 || !isUtf8(raw)) return undefined;
  const isForm = contentType?.includes('x-www-form-urlencoded') ?? false;
  if (isForm && accepts.includes('form'))
    return Object.fromEntries(new URLSearchParams(raw.toString('utf8')));
  const text = removeByteOrderMark(raw.toString('utf8'));
  if (hasMoreBracketsThan(text, MAX_NESTING) && nestsDeeperThan(raw, MAX_NESTING)) return undefined;
  try {
    const value: unknown = JSON.parse(bigIntegersAsText ? quoteBigIntegers(text) : text);
    return MAY_NAME_CONSTRUCTOR.test(text) ? removeConstructorFields(value) : value;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** A parser with a gateway's rules. It parses the same bytes only once when it is called several times in a row. */
export function bodyParser(
  contentType: string | undefined,
  { contentTypes, bigIntegersAsText }: Pick<Gateway, 'contentTypes' | 'bigIntegersAsText'>,
): (raw: Buffer) => unknown {
  let last: Buffer | null = null;
  let value: unknown;
  return (raw) => {
    if (raw !== last) {
      value = parseBody(raw, contentType, contentTypes, bigIntegersAsText);
      last = raw;
    }
    return value;
  };
}

const JSON_ONLY = ['json'] as const;

export const contentTypesOf = ({ contentTypes = JSON_ONLY }: Pick<Gateway, 'contentTypes'>) => contentTypes;

/** Some senders put a byte order mark before JSON. It is signed, and may be ignored (RFC 8259, section 8.1). */
const removeByteOrderMark = (text: string): string => (text.charCodeAt(0) === 0xfeff ? text.slice(1) : text);

/** Matches the name in plain letters, and any text with an escape, which may spell it. */
const MAY_NAME_CONSTRUCTOR = /constructor|\\u/;

/**
 * Removes fields named `constructor`. A sender may have one, in a customer's notes for instance, and class-transformer would
 * take it for the class of the object. The stored bytes keep the field.
 */
function removeConstructorFields(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Object.hasOwn(value, 'constructor')) delete (value as { constructor?: unknown }).constructor;
  for (const inner of Object.values(value)) removeConstructorFields(inner);
  return value;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** The bit in which `{` differs from `[`, and `}` from `]`. Both kinds count as one level. */
const BRACE = 0x20;
const OPENING = 0x5b | BRACE;
const CLOSING = 0x5d | BRACE;

/** A cheap check: most bodies have too few brackets to be nested too deep, so their bytes need not be walked. */
function hasMoreBracketsThan(text: string, most: number): boolean {
  let left = most;
  for (const bracket of ['{', '['])
    for (let at = text.indexOf(bracket); at !== -1; at = text.indexOf(bracket, at + 1))
      if (left-- === 0) return true;
  return false;
}

/** Counts brackets outside strings, so that a nesting bomb is refused before it is parsed. */
function nestsDeeperThan(raw: Buffer, most: number): boolean {
  let depth = 0;
  let inString = false;
  for (let at = 0; at < raw.length; at++) {
    const byte = raw[at] as number;
    if (inString) {
      if (byte === BACKSLASH) at++;
      else if (byte === QUOTE) inString = false;
    } else if (byte === QUOTE) inString = true;
    else if ((byte | BRACE) === OPENING) {
      if (++depth > most) return true;
    } else if ((byte | BRACE) === CLOSING) depth--;
  }
  return false;
}
