import { type Parser, InvalidValue } from './reading.js';
import { isPlainText } from './readings.js';

/** Placeholders of a retry URL. Their values are URL-encoded when they are filled in. */
export const RETRY_URL_PLACEHOLDERS = ['orderId', 'paymentId', 'gateway', 'account'] as const;
export type RetryUrlPlaceholder = (typeof RETRY_URL_PLACEHOLDERS)[number];

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];

/**
 * Parses the link in alerts to customers. It must be https, except for localhost outside production. Placeholders are
 * allowed in the path, the query and the fragment only: an outside value must never decide which host a customer is
 * sent to.
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
