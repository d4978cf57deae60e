const PLACEHOLDER = /\{([^{}]*)\}/g;
/** The host is fixed by the operator: the first placeholder comes after it. */
const FIXED_ORIGIN = /^https?:\/\/[^/?#{}\s]+(?:[/?#]|$)/i;
const LOOPBACK = /^(?:localhost|127\.0\.0\.1|\[::1\])$/;
const MAX_URL_LENGTH = 2000;

/** The values for a template's placeholders. Null means unknown. */
export type RetryUrlValues = Readonly<Record<string, string | null>> & { readonly orderId: string | null };

/**
 * The link where the customer pays again, with encoded values. Null without a template, when the order or a value of
 * the template is unknown, or when the link is not safe ({@link safeLink}).
 */
export function buildRetryUrl(template: string | null, values: RetryUrlValues): string | null {
  if (template === null || !FIXED_ORIGIN.test(template) || encodeValue(values.orderId) === null) return null;
  let isComplete = true;
  const url = template.replace(PLACEHOLDER, (_placeholder, name: string) => {
    const value = Object.hasOwn(values, name) ? encodeValue(values[name] ?? null) : null;
    isComplete &&= value !== null;
    return value ?? '';
  });
  return isComplete ? safeLink(url) : null;
}

/**
 * Null for `.` and `..`, which a URL parser removes from a path, and for half a surrogate pair, which cannot be
 * encoded.
 */
function encodeValue(value: string | null): string | null {
  if (value === null || value === '' || value === '.' || value === '..') return null;
  return /\p{Cs}/u.test(value) ? null : encodeURIComponent(value);
}

/**
 * The link in its normal form if it may be in a mail: https, or http to this machine; no user; at most 2,000
 * characters.
 */
export function safeLink(url: string | null): string | null {
  if (url === null || !URL.canParse(url)) return null;
  const { protocol, hostname, username, password, href } = new URL(url);
  const trusted = protocol === 'https:' || (protocol === 'http:' && LOOPBACK.test(hostname));
  return trusted && username === '' && password === '' && href.length <= MAX_URL_LENGTH ? href : null;
}
