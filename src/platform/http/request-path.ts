/** A path without a route, so it is answered with 404. */
const UNROUTED_PATH = '/webhooks';
const CANONICAL_WEBHOOK_URL = /^\/webhooks\/[a-z]+(?:\/[\w.~-]+)*(?:\?|$)/;

/**
 * Returns the URL that is used for routing. A webhook's path may have a trailing slash, doubled slashes, or `webhooks`
 * and the gateway in upper case; a webhook's path that cannot be decoded becomes one without a route. Every other URL
 * is returned as it is.
 */
export function canonicalUrl(url: string): string {
  if (CANONICAL_WEBHOOK_URL.test(url)) return url;
  const { path, rest } = splitUrl(url);
  const segments = path.split('/').filter((segment) => segment !== '');
  if (segments[0]?.toLowerCase() !== 'webhooks') return url;
  if (!isDecodable(path)) return UNROUTED_PATH;
  const [prefix, gateway, ...others] = segments;
  const names = [prefix, gateway].filter((name) => name !== undefined).map((name) => name.toLowerCase());
  return `/${[...names, ...others].join('/')}${rest}`;
}

/** Whether a canonical URL is routed to the signature guard. */
export const isWebhookUrl = (url: string): boolean => url.startsWith('/webhooks/');

export const isHealthUrl = (url: string): boolean =>
  /^\/health\/(?:live|ready)\/?$/i.test(splitUrl(url).path);

export const isMetricsUrl = (url: string): boolean => /^\/metrics\/?$/i.test(splitUrl(url).path);

/** A request line may hold the whole URL, as in a request to a proxy. */
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
