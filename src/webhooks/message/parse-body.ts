import { isUtf8 } from 'node:buffer';
import type { Gateway } from '../gateways/gateway.js';
import { quoteBigIntegers } from './quote-big-integers.js';

export const MAX_NESTING = 64;

/** The bytes of a verified body as a value, or undefined when they are not UTF-8, not JSON (or a form), or too deep. */
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

/** Parses by a gateway's rules. The same bytes are parsed once, however often they are asked for one after another. */
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

/** Some writers put one before JSON. It is part of what was signed, and of no value (RFC 8259, section 8.1). */
const removeByteOrderMark = (text: string): string => (text.charCodeAt(0) === 0xfeff ? text.slice(1) : text);

/** Spelled out, or with any of its letters escaped. */
const MAY_NAME_CONSTRUCTOR = /constructor|\\u/;

/**
 * A sender may name a field `constructor`, in a customer's notes for instance. It tells us nothing, and class-transformer
 * would take it for the object's class: so it is not there for whoever reads the value; the stored bytes still have it.
 */
function removeConstructorFields(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Object.hasOwn(value, 'constructor')) delete (value as { constructor?: unknown }).constructor;
  for (const inner of Object.values(value)) removeConstructorFields(inner);
  return value;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** What tells a brace from a bracket, which are one for this: `{` and `[`, `}` and `]`. */
const BRACE = 0x20;
const OPENING = 0x5b | BRACE;
const CLOSING = 0x5d | BRACE;

/** Hardly any body has brackets enough to nest too deep, in strings or not: those need no look at each byte. */
function hasMoreBracketsThan(text: string, most: number): boolean {
  let left = most;
  for (const bracket of ['{', '['])
    for (let at = text.indexOf(bracket); at !== -1; at = text.indexOf(bracket, at + 1))
      if (left-- === 0) return true;
  return false;
}

/** Counts brackets outside strings, so that a bomb is seen before anything is built from it. */
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
