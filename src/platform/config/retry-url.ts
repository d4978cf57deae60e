import { type Parser, InvalidValue } from './reading.js';
import { isPlainText } from './readings.js';

/** What a retry URL may ask for. Whoever fills them in encodes the values. */
export const RETRY_URL_PLACEHOLDERS = ['orderId', 'paymentId', 'gateway', 'account'] as const;
export type RetryUrlPlaceholder = (typeof RETRY_URL_PLACEHOLDERS)[number];

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];

/**
 * The link in an alert to a customer. It is https, but for a page on this machine outside production. Placeholders
 * stand in the path, the query or the fragment: a value from outside never decides which host a customer is sent to.
 */
export const parseRetryUrl: Parser<string> = (text, { production }) => {
  const known = RETRY_URL_PLACEHOLDERS.map((name) => `{${name}}`);
  const filled = known.reduce((url, placeholder) => url.replaceAll(placeholder, 'x'), text);
  if (/[{}]/.test(filled)) return new InvalidValue(`may hold no placeholder or brace but ${known.join(' ')}`);

  const origin = /^[^:/?#]*:\/\/[^/?#]*/.exec(text)?.[0];
  if (origin?.includes('{')) return new InvalidValue('must hold its placeholders after the host');

  const readable =
    origin !== undefined && isPlainText(filled) && !/[\s\\]/.test(filled) && URL.canParse(filled);
  const url = readable ? new URL(filled) : null;
  const local = url?.protocol === 'http:' && LOOPBACK.includes(url.hostname) && !production;
  if (url === null || (url.protocol !== 'https:' && !local) || url.username !== '' || url.password !== '') {
    return new InvalidValue(
      'must be an https:// URL without user and password (http:// for localhost, outside production)',
    );
  }
  return text;
};
