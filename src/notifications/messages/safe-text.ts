/**
 * Text that others wrote (names, order ids) before it enters a message. What is dangerous in HTML is left to the
 * template's escaping; here goes what is dangerous everywhere.
 */

/** Controls, lone surrogates, private use, line separators; bidi and other invisible marks but for ZWJ and ZWNJ. */
const INVISIBLE =
  /[\p{Cc}\p{Cs}\p{Co}\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]+/gu;

const MAX_NAME_LENGTH = 60;
const MAX_ORDER_LENGTH = 100;
const MAX_HEADER_LENGTH = 200;

/** One line without control, bidi or invisible characters, at most `max` characters; null when nothing is left. */
export function oneLine(text: string | null, max: number): string | null {
  const line = (text ?? '').replace(INVISIBLE, ' ').replace(/\s+/g, ' ').trim();
  return Array.from(line).slice(0, max).join('').trim() || null;
}

/** A header's value: no CR, LF or other control can end it early. */
export const headerValue = (text: string): string => oneLine(text, MAX_HEADER_LENGTH) ?? '';

/** An order's id as it may be shown; null when there is none. */
export const shownOrder = (orderId: string | null): string | null => oneLine(orderId, MAX_ORDER_LENGTH);

/** Letters of any script with what stands between them in names. No `<`, `/`, `:`, `@`. */
const NAME = /^[\p{L}\p{M}\p{Nd}\u200c\u200d .,'’‘ʼ`´·&()-]+$/u;
/** "www.", a dot that touches two letters or a digit ("evil.com", "1.2.3.4"), or enough digits to dial. */
const LURE = /www\.|\.[\p{L}\p{M}]{2}|\.\p{Nd}|\p{Nd}[\p{Nd} ()-]{2,}/iu;

/**
 * The name to greet by, or null where it is not plausibly one. Anybody can write a "name" into a checkout form, and
 * a mail from the shop must not carry their link or telephone number; so a doubtful name is dropped, never mended.
 */
export function greetingName(name: string | null): string | null {
  const line = oneLine(name, 1000);
  if (line === null) return null;
  // Full-width and ideographic dots, which browsers take for dots, count as what they look like.
  const looksLike = line.normalize('NFKC').replace(/[。․]/g, '.');
  const plausible = NAME.test(looksLike) && /\p{L}/u.test(looksLike) && !LURE.test(looksLike);
  return plausible ? oneLine(line, MAX_NAME_LENGTH) : null;
}
