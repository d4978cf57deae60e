/**
 * Masks card numbers in a text except for their last four digits. A card number has 13 to 19 digits with a valid check
 * digit (Luhn, ISO/IEC 7812-1), in one piece or in groups separated by one space, hyphen or plus (an encoded space of a
 * form). Digits inside longer words (`pi_…`, `ord4242…`), after a decimal point and in UUIDs are not masked, and
 * neither are phone numbers with a plus and timestamps in digits. Pure. The text keeps its length.
 */
export function maskCardNumbers(text: string): string {
  return text.replace(CANDIDATE, (found: string, uuid: string | undefined, plus: string | undefined) =>
    uuid !== undefined ? found : maskRun(found, plus !== undefined),
  );
}

/** A word may start after an escape of JSON (`\n`) or of a URL (`%3A`). The letters of the escape are no word. */
const WORD_BEGINS = String.raw`(?:(?<![\p{L}\p{N}_%]|\d\.)|(?<=\\[nrtbf])|(?<=\\u[0-9a-fA-F]{4})|(?<=%[0-9a-fA-F]{2}))`;
const UUID = '[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}';
const SEPARATOR = '[ +\\-\u00a0]|%20|%2B';
const CANDIDATE = new RegExp(
  String.raw`${WORD_BEGINS}(?:(${UUID})|(\+|%2B)?\d(?:(?:${SEPARATOR})?\d){12,})(?![\p{L}\p{N}_])`,
  'giu',
);
const GROUPS = new RegExp(`(${SEPARATOR})`, 'iu');

const MIN_CARD_DIGITS = 13;
const MAX_CARD_DIGITS = 19;
const SHOWN_DIGITS = 4;
/** Digits of the longest phone number (E.164). */
const MAX_PHONE_DIGITS = 15;

/** A run of groups may contain more than a card ("17 4242 4242 4242 4242"), so it is searched from every group on. */
function maskRun(run: string, isPhone: boolean): string {
  // Even indexes hold digits and odd indexes separators. With a leading plus the first element is empty.
  const parts = run.split(GROUPS);
  if (isPhone && digitsFrom(parts, 0, parts.length).length <= MAX_PHONE_DIGITS) return run;
  for (let from = 0; from < parts.length; from += 2) {
    const to = findCardEnd(parts, from);
    if (to === null) continue;
    maskGroups(parts, from, to);
    from = to;
  }
  return parts.join('');
}

/**
 * Index of the last group of the longest card that starts at `from`. Both Luhn sums are kept, as the length is unknown.
 */
function findCardEnd(parts: readonly string[], from: number): number | null {
  // Luhn sums with the digits at even positions doubled, and with those at odd positions doubled.
  const sums: [even: number, odd: number] = [0, 0];
  let length = 0;
  let end: number | null = null;
  for (let at = from; at < parts.length; at += 2) {
    const group = parts[at] ?? '';
    if (length + group.length > MAX_CARD_DIGITS) return end;
    for (let digit = 0; digit < group.length; digit++, length++)
      addDigit(sums, group.charCodeAt(digit) - 48, length);
    if (length < MIN_CARD_DIGITS) continue;
    const sum = length % 2 === 0 ? sums[0] : sums[1];
    // Zeros alone have a valid sum, but they are a placeholder.
    if (sum > 0 && sum % 10 === 0 && !TIMESTAMP.test(digitsFrom(parts, from, at + 1))) end = at;
  }
  return end;
}

function addDigit(sums: [even: number, odd: number], digit: number, place: number): void {
  const doubled = digit > 4 ? digit * 2 - 9 : digit * 2;
  sums[0] += place % 2 === 0 ? doubled : digit;
  sums[1] += place % 2 === 0 ? digit : doubled;
}

function digitsFrom(parts: readonly string[], from: number, before: number): string {
  let digits = '';
  for (let at = from; at < before; at += 2) digits += parts[at] ?? '';
  return digits;
}

function maskGroups(parts: string[], from: number, to: number): void {
  let shown = SHOWN_DIGITS;
  for (let at = to; at >= from; at -= 2) {
    const group = parts[at] ?? '';
    const kept = Math.min(shown, group.length);
    parts[at] = '*'.repeat(group.length - kept) + group.slice(group.length - kept);
    shown -= kept;
  }
}

/**
 * Unix time in ms, µs or ns, or a date and time in 14 or 17 digits. No card number of these lengths starts like this.
 */
const TIMESTAMP = /^(?:1\d{12}|1\d{15}|1\d{18}|(?:19|20)\d{12}|(?:19|20)\d{15})$/;
