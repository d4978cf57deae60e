import { parseBody } from '../message/parse-body.js';

/**
 * What is known to happen to a body between the gateway and us: a proxy, a framework or a person testing by hand
 * writes it anew. Each entry undoes one such change, and so gives what may have been signed. Nothing is ever
 * accepted for it: it only tells an operator where to look.
 */

export const ALTERATIONS = [
  'trailing_whitespace_added',
  'trailing_newline_removed',
  'line_endings_changed',
  'byte_order_mark_changed',
  'json_rewritten',
] as const;
export type Alteration = (typeof ALTERATIONS)[number];

const BYTE_ORDER_MARK = '\ufeff';

const UNDO: Readonly<Record<Alteration, (text: string) => Iterable<string>>> = {
  trailing_whitespace_added: (text) => [text.trimEnd()],
  trailing_newline_removed: (text) => [`${text}\n`, `${text}\r\n`],
  line_endings_changed: (text) => {
    const unix = text.replaceAll('\r\n', '\n');
    return [unix, unix.replaceAll('\n', '\r\n')];
  },
  byte_order_mark_changed: (text) => [
    text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : BYTE_ORDER_MARK + text,
  ],
  json_rewritten: (text) => rewriteJson(text),
};

export interface PossibleOriginal {
  alteration: Alteration;
  raw: Buffer;
}

/** Every body this one may have been made of, each once and none equal to it. Pure; never throws. */
export function* possibleOriginals(raw: Buffer): Generator<PossibleOriginal> {
  const text = raw.toString('utf8');
  const seen = new Set([text]);
  for (const alteration of ALTERATIONS) {
    for (const original of UNDO[alteration](text)) {
      if (seen.has(original)) continue;
      seen.add(original);
      yield { alteration, raw: Buffer.from(original) };
    }
  }
}

/**
 * In one line; indented, as Stripe writes it; with `/` escaped, as PHP does; in ASCII alone, as Python does. One after
 * the other, as whoever looks may stop at any of them. What is nested deeper than any gateway's body is not indented: a
 * hundred blanks before each of its values would make it a hundred times as long.
 */
function* rewriteJson(text: string): Generator<string> {
  const value = parseJson(text);
  if (value === null) return;
  const compact = JSON.stringify(value);
  yield compact;
  if (measureDepth(value) <= MAX_INDENTED_DEPTH) {
    const indented = JSON.stringify(value, null, 2);
    yield indented;
    yield `${indented}\n`;
  }
  const slashed = compact.replaceAll('/', '\\/');
  yield slashed;
  yield escapeToAscii(compact);
  yield escapeToAscii(slashed);
}

const MAX_INDENTED_DEPTH = 16;

/** A parsed body nests 64 deep at most. */
function measureDepth(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  let deepest = 0;
  for (const inner of Object.values(value)) deepest = Math.max(deepest, measureDepth(inner));
  return deepest + 1;
}

/** An object or array that is not nested too deeply to be written again; null otherwise. */
function parseJson(text: string): object | null {
  const body = parseBody(Buffer.from(text.replace(BYTE_ORDER_MARK, '')), undefined, ['json']);
  return typeof body === 'object' ? body : null;
}

const escapeToAscii = (json: string): string =>
  json.replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
