/** Where no route is: answered 404. */
const UNROUTED_PATH = '/webhooks';
const CANONICAL_WEBHOOK_URL = /^\/webhooks\/[a-z]+(?:\/[\w.~-]+)*(?:\?|$)/;

/**
 * The URL that routes are found by. A webhook's door is the same with a trailing slash, doubled slashes, or another
 * case of `webhooks` and the gateway; a path of it that cannot be decoded leads nowhere. All else stays as it is.
 */
export function canonicalUrl(url: string): string {
  if (CANONICAL_WEBHOOK_URL.test(url)) return url;
  const { path, rest } = splitUrl(url);
  const segments = path.split('/').filter((segment) => segment !== '');
  if (segments[0]?.toLowerCase() !== 'webhooks') return url;
  if (!isDecodable(path)) return UNROUTED_PATH;
  const [door, gateway, ...others] = segments;
  const names = [door, gateway].filter((name) => name !== undefined).map((name) => name.toLowerCase());
  return `/${[...names, ...others].join('/')}${rest}`;
}

/** Of a canonical URL: whether it leads to the guard of webhooks. */
export const isWebhookUrl = (url: string): boolean => url.startsWith('/webhooks/');

export const isHealthUrl = (url: string): boolean =>
  /^\/health\/(?:live|ready)\/?$/i.test(splitUrl(url).path);

export const isMetricsUrl = (url: string): boolean => /^\/metrics\/?$/i.test(splitUrl(url).path);

/** A sender may put the whole URL where a path belongs, as to a proxy. */
function splitUrl(url: string): { path: string; rest: string } {
  const from = url.startsWith('/') ? url : url.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '');
  const end = from.search(/[?#]/);
  return end < 0 ? { path: from, rest: '' } : { path: from.slice(0, end), rest: from.slice(end) };
}

function isDecodable(path: string): boolean {
  if (!path.includes('%')) return true;
  try {
    decodeURIComponent(path);
    return true;
  } catch (error) {
    if (error instanceof URIError) return false;
    throw error;
  }
}
