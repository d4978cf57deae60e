const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;

/** A whole number of 15 digits is below 2^53 and exact in any case. */
const EXACT_DIGITS = 15;

const MAY_HOLD_ONE = /[0-9]{16}/;

/**
 * JSON with quotes around every whole number that a JavaScript number cannot hold exactly, so that it is read as the text
 * of its digits. Text inside of strings, fractions and powers of ten stay as they are. Takes linear time, whatever the
 * text is; what is no JSON stays none.
 */
export function quoteBigIntegers(json: string): string {
  if (!MAY_HOLD_ONE.test(json)) return json;
  let written = '';
  let copied = 0;
  for (let at = 0; at < json.length; at++) {
    const code = json.charCodeAt(at);
    if (code === QUOTE) at = endOfString(json, at);
    else if (code === MINUS || isDigit(code)) {
      const end = endOfNumber(json, at);
      if (isInexact(json, at, end)) {
        written += `${json.slice(copied, at)}"${json.slice(at, end)}"`;
        copied = end;
      }
      at = end - 1;
    }
  }
  return written + json.slice(copied);
}

const isDigit = (code: number): boolean => code >= ZERO && code <= NINE;

/** The closing quote, or the end of a text that has none. */
function endOfString(json: string, opening: number): number {
  for (let at = opening + 1; at < json.length; at++) {
    const code = json.charCodeAt(at);
    if (code === BACKSLASH) at++;
    else if (code === QUOTE) return at;
  }
  return json.length;
}

/** Behind the last character that a number of JSON may have. */
function endOfNumber(json: string, start: number): number {
  let at = start + 1;
  while (at < json.length && isOfNumber(json.charCodeAt(at))) at++;
  return at;
}

/** Digits, a point, a sign, and `e` or `E` of a power of ten. */
const isOfNumber = (code: number): boolean =>
  isDigit(code) || code === POINT || code === MINUS || code === 0x2b || code === 0x65 || code === 0x45;

function isInexact(json: string, start: number, end: number): boolean {
  if (end - start <= EXACT_DIGITS) return false;
  // A number of JSON begins with no zero: quotes would make good what is not.
  if (json.charCodeAt(start + (json.charCodeAt(start) === MINUS ? 1 : 0)) === ZERO) return false;
  for (let at = start + 1; at < end; at++) if (!isDigit(json.charCodeAt(at))) return false;
  return !Number.isSafeInteger(Number(json.slice(start, end)));
}
