import { parseIdentifier } from '../report/customer-identifier.js';
import { phonePattern } from '../report/phone.js';

/** One person, known by one identifier, everywhere or at one gateway or account only. */
export interface DataSubject {
  /** A customer id, an e-mail address or a phone number. */
  identifier: string;
  /** Null means every gateway. */
  gateway: string | null;
  /** Null means every account. */
  account: string | null;
}

/** In characters. A shorter identifier proves nothing: "42" is part of most bodies. */
const MIN_MATCHABLE_LENGTH = 7;

/**
 * Returns a test of whether a text mentions an identifier: as the whole text, or as a part between word boundaries. So
 * `asha@shop.example` is found in a sentence, and not in `not.asha@shop.example`. An identifier of fewer than 7
 * characters is never found, because an erasure by mistake cannot be undone. The test takes linear time.
 */
export function mentionMatcher(identifier: string): (text: string) => boolean {
  const { text: wanted, email, phone } = parseIdentifier(identifier);
  if (wanted.length < MIN_MATCHABLE_LENGTH) return () => false;
  if (phone !== null) {
    const pattern = phonePattern(phone);
    return (text) => pattern.test(text);
  }
  if (email === null) {
    const pattern = standalonePattern(wanted, String.raw`[\p{L}\d_]`, 'u');
    return (text) => text.includes(wanted) && pattern.test(text);
  }
  const pattern = standalonePattern(email, String.raw`[\p{L}\d._%+-]`, 'iu');
  return (text) => pattern.test(text);
}

/** `joiners` are the characters that make `wanted` the end of a longer word when one of them precedes it. */
function standalonePattern(wanted: string, joiners: string, flags: string): RegExp {
  const literal = wanted.replace(/[^\p{L}\d]/gu, (sign) => `\\u{${sign.codePointAt(0)?.toString(16) ?? ''}}`);
  return new RegExp(`(?<!${joiners})${literal}` + String.raw`(?![\p{L}\d_]|[.-][\p{L}\d])`, flags);
}
