import { parseBody } from '../message/parse-body.js';

/**
 * Known changes to a body on its way: a proxy, a framework or a person who tests by hand writes it again. Each entry undoes
 * one change, and so gives a body that may have been signed. It is only used for the diagnosis. No request is accepted
 * because of it.
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

/** All bodies from which this one may have been made, each once, without the body itself. Pure; never throws. */
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
 * The JSON in one line; indented, as Stripe writes it; with `/` escaped, as PHP does; in ASCII only, as Python does. A
 * generator, because the caller may stop after any of them. A body nested deeper than any gateway's is not indented, because
 * 100 blanks before each value would make it 100 times as long.
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

/** Parsed bodies have at most 64 levels of nesting. */
function measureDepth(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  let deepest = 0;
  for (const inner of Object.values(value)) deepest = Math.max(deepest, measureDepth(inner));
  return deepest + 1;
}

/** The parsed object or array; null for other values and for a body that is nested too deeply. */
function parseJson(text: string): object | null {
  const body = parseBody(Buffer.from(text.replace(BYTE_ORDER_MARK, '')), undefined, ['json']);
  return typeof body === 'object' ? body : null;
}

const escapeToAscii = (json: string): string =>
  json.replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
