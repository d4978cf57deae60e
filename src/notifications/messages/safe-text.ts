/**
 * Makes text of others (names, order ids) safe for a message. The template escapes what is dangerous in HTML. This
 * module removes what is dangerous everywhere.
 */

/**
 * Controls, lone surrogates, private use, line separators, bidi marks and other invisible marks, except ZWJ and ZWNJ.
 */
const INVISIBLE =
  /[\p{Cc}\p{Cs}\p{Co}\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]+/gu;

const MAX_NAME_LENGTH = 60;
const MAX_ORDER_LENGTH = 100;
const MAX_HEADER_LENGTH = 200;
/** Characters. No gateway has a longer order id or name. Longer text is not read as one. */
const MAX_INPUT_LENGTH = 1000;

/** One line of at most `max` characters, without control, bidi or invisible characters. Null when nothing is left. */
export function toSingleLine(text: string | null, max: number): string | null {
  const line = (text ?? '').replace(INVISIBLE, ' ').replace(/\s+/g, ' ').trim();
  return Array.from(line).slice(0, max).join('').trim() || null;
}

/** The value of a mail header. It contains no CR, LF or other control character that could end it early. */
export const toHeaderValue = (text: string): string => toSingleLine(text, MAX_HEADER_LENGTH) ?? '';

/** How ids are written: ASCII letters and digits in up to three words, joined by the characters that shops use. */
const ID = /^#?[A-Za-z0-9](?:[A-Za-z0-9._/#-]| (?=[A-Za-z0-9#]))*$/;
const MAX_WORDS = 3;
/** A host name, an IPv4 address, or a prefix of one. */
const HOST = /\.[A-Za-z]{2}|(?:^|[^0-9])(?:[0-9]{1,3}\.){3}[0-9]{1,3}(?![0-9])|\/\/|xn--/i;
/** Words that ask to call or to visit. */
const INVITATION =
  /(?:^|[^A-Za-z])(?:call|dial|phone|tel|sms|whatsapp|visit|goto|www|https?|mailto)(?![A-Za-z])/i;
/** A dot that is written as a word. */
const SPELLED_DOT = /[A-Za-z][ ._/-]+dot[ ._/-]+[A-Za-z]/i;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * An order's id as it may be shown, or null where it is not plainly an id. At some shops the payer chooses it, and a
 * mail from the shop must not contain the payer's link, telephone number or sentence. A doubtful id is dropped, never
 * repaired.
 */
export function displayableOrderId(orderId: string | null): string | null {
  const id =
    orderId === null || orderId.length > MAX_INPUT_LENGTH ? '' : orderId.replace(/[\t\r\n ]+/g, ' ').trim();
  const words = id.split(' ').length;
  const plain = ID.test(id) && words <= MAX_WORDS && (words === 1 || /[0-9]/.test(id)) && !isLure(id);
  return plain ? toSingleLine(id, MAX_ORDER_LENGTH) : null;
}

/** An id as it may be part of a link in a mail: the whole id, under the same rule. Otherwise null. */
export const linkableId = (id: string | null): string | null =>
  id !== null && displayableOrderId(id) !== null && !/^ | $| {2}|[^ -~]/.test(id) ? id : null;

const isLure = (id: string): boolean =>
  HOST.test(id) ||
  INVITATION.test(id) ||
  SPELLED_DOT.test(id) ||
  (!UUID.test(id) && looksLikePhoneNumber(id));

/**
 * True when digits are grouped like a telephone number: 7 to 15 digits (ITU-T E.164) in two or more groups, or after a
 * word. Digits in one group are an order number, and so are digits that begin with a year.
 */
function looksLikePhoneNumber(id: string): boolean {
  return id.split(/[ ]*[A-Za-z#][A-Za-z0-9#]*|_/).some((run, at) => {
    const groups = run.split(/[^0-9]+/).filter(Boolean);
    const digits = groups.join('').length;
    const afterWord = at > 0 && run.startsWith(' ');
    if (digits < 7 || digits > 15 || /^20[0-9]{2}$/.test(groups[0] ?? '')) return false;
    return groups.length > 1 || afterWord;
  });
}

/** Letters of any script, and the characters between them in names. No `<`, `/`, `:`, `@`. */
const NAME = /^[\p{L}\p{M}\p{Nd}\u200c\u200d .,'’‘ʼ`´·&()-]+$/u;
/** "www.", punycode, or a dot that touches two letters or a digit ("evil.com", "1.2.3.4"). */
const NAMED_HOST = /www\.|xn--|\.[\p{L}\p{M}]{2}|\.\p{Nd}/iu;
/** A dot in brackets, or written as a word: "evil(.)example", "evil (dot) example", "evil dot example". */
const HIDDEN_DOT = /\([^\p{L}()]*\.[^\p{L}()]*\)|\(\s*dot\s*\)|\p{L}\s+dot\s+\p{L}/iu;
/** Three digits, whatever is between them. No name has three, and a telephone number has more. */
const DIGITS = /\p{Nd}[^\p{Nd}]*\p{Nd}[^\p{Nd}]*\p{Nd}/u;
/**
 * Characters that look like a full stop. Browsers accept some of them in a host name. Catalan writes a middle dot
 * between two l.
 */
const FULL_STOPS = /[。․۔܁܂‧・ꓸ･]|(?<![lL])·|·(?![lL])/gu;
const NEVER_SEEN = /[\p{Default_Ignorable_Code_Point}\p{Cc}\p{Cf}]/gu;

/**
 * The name for the greeting, or null where it is not plausible as a name. Anybody can write a "name" into a checkout
 * form, and a mail from the shop must not contain that person's link or telephone number. A doubtful name is dropped,
 * never repaired.
 */
export function displayableName(name: string | null): string | null {
  const line = toSingleLine(name, MAX_INPUT_LENGTH);
  if (name === null || line === null) return null;
  // The text with and without its invisible characters: a joiner between two letters must not hide a link.
  const readings = [
    line,
    line.replace(NEVER_SEEN, ''),
    name.slice(0, MAX_INPUT_LENGTH).replace(NEVER_SEEN, ''),
  ];
  const plausible = readings.every((reading) =>
    isPlausible(reading.normalize('NFKC').replace(FULL_STOPS, '.')),
  );
  return plausible ? toSingleLine(line, MAX_NAME_LENGTH) : null;
}

const isPlausible = (text: string): boolean =>
  NAME.test(text) &&
  /\p{L}/u.test(text) &&
  !NAMED_HOST.test(text) &&
  !HIDDEN_DOT.test(text) &&
  !DIGITS.test(text.replace(/\p{M}/gu, ''));
