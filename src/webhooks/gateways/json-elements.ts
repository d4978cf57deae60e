const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const OPENING: ReadonlySet<number> = new Set([0x5b, 0x7b]);
const CLOSING: ReadonlySet<number> = new Set([0x5d, 0x7d]);
const SPACE: ReadonlySet<number> = new Set([0x20, 0x09, 0x0a, 0x0d]);

/**
 * The elements of the array in a field of a JSON object, each as its own bytes: not parsed and written again, so that
 * integers beyond 2^53, decimals (`170.00`) and escapes stay as they came. Null where the field holds no array. `raw` must
 * be valid JSON in UTF-8.
 */
export function elementsOf(raw: Buffer, field: string): Buffer[] | null {
  let elements: Buffer[] | null = null;
  const start = skipSpace(raw, 0);
  if (raw[start] !== 0x7b) return null;
  for (let at = skipSpace(raw, start + 1); raw[at] === QUOTE;) {
    const end = endOfString(raw, at);
    const name: unknown = JSON.parse(raw.toString('utf8', at, end));
    const value = skipSpace(raw, skipSpace(raw, end) + 1);
    // Of a name that stands twice the last value counts, as for JSON.parse.
    if (name === field) elements = raw[value] === 0x5b ? splitArray(raw, value) : null;
    const behind = skipSpace(raw, endOfValue(raw, value));
    at = raw[behind] === COMMA ? skipSpace(raw, behind + 1) : behind;
  }
  return elements;
}

function splitArray(raw: Buffer, opening: number): Buffer[] {
  const elements: Buffer[] = [];
  let at = skipSpace(raw, opening + 1);
  while (at < raw.length && !CLOSING.has(raw[at] ?? 0)) {
    const end = endOfValue(raw, at);
    elements.push(raw.subarray(at, end));
    const behind = skipSpace(raw, end);
    at = raw[behind] === COMMA ? skipSpace(raw, behind + 1) : behind;
  }
  return elements;
}

/** Behind the last byte of the value that begins at `start`. */
function endOfValue(raw: Buffer, start: number): number {
  if (raw[start] === QUOTE) return endOfString(raw, start);
  let depth = 0;
  for (let at = start; at < raw.length; at++) {
    const byte = raw[at] ?? 0;
    if (byte === QUOTE) at = endOfString(raw, at) - 1;
    else if (OPENING.has(byte)) depth++;
    else if (CLOSING.has(byte)) {
      if (depth === 0) return at;
      if (--depth === 0) return at + 1;
    } else if (depth === 0 && (byte === COMMA || byte === COLON || SPACE.has(byte))) return at;
  }
  return raw.length;
}

/** Behind the closing quote. */
function endOfString(raw: Buffer, opening: number): number {
  for (let at = opening + 1; at < raw.length; at++) {
    if (raw[at] === BACKSLASH) at++;
    else if (raw[at] === QUOTE) return at + 1;
  }
  return raw.length;
}

function skipSpace(raw: Buffer, start: number): number {
  let at = start;
  while (SPACE.has(raw[at] ?? 0)) at++;
  return at;
}
