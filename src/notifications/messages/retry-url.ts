const PLACEHOLDER = /\{([^{}]*)\}/g;
/** The host is the operator's, never a value's: the first placeholder stands behind it. */
const FIXED_ORIGIN = /^https?:\/\/[^/?#{}\s]+(?:[/?#]|$)/i;
const LOOPBACK = /^(?:localhost|127\.0\.0\.1|\[::1\])$/;
const MAX_URL_LENGTH = 2000;

/** What a template may speak of. A null is not known. */
export type RetryUrlValues = Readonly<Record<string, string | null>> & { readonly orderId: string | null };

/**
 * The link to put a payment right, with encoded values; null without a template, when the order or any placeholder
 * used is not known, or when the link would not be safe ({@link safeLink}).
 */
export function buildRetryUrl(template: string | null, values: RetryUrlValues): string | null {
  if (template === null || !FIXED_ORIGIN.test(template) || encodeValue(values.orderId) === null) return null;
  let known = true;
  const url = template.replace(PLACEHOLDER, (_placeholder, name: string) => {
    const value = Object.hasOwn(values, name) ? encodeValue(values[name] ?? null) : null;
    known &&= value !== null;
    return value ?? '';
  });
  return known ? safeLink(url) : null;
}

/** `.` and `..` survive encoding and URL parsers fold them away; half a surrogate pair cannot be encoded. */
function encodeValue(value: string | null): string | null {
  if (value === null || value === '' || value === '.' || value === '..') return null;
  return /\p{Cs}/u.test(value) ? null : encodeURIComponent(value);
}

/** A link that may stand in a mail, in its normal form: https, or http to this very machine; no user, not too long. */
export function safeLink(url: string | null): string | null {
  if (url === null || !URL.canParse(url)) return null;
  const { protocol, hostname, username, password, href } = new URL(url);
  const trusted = protocol === 'https:' || (protocol === 'http:' && LOOPBACK.test(hostname));
  return trusted && username === '' && password === '' && href.length <= MAX_URL_LENGTH ? href : null;
}
