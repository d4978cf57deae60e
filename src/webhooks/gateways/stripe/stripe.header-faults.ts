import { type IncomingHttpHeaders } from 'node:http';
import { hexSignature, parseUnixSeconds, tellWindow } from '../signature.js';
import { MAX_HEADER_LENGTH, MAX_SIGNATURES } from './stripe.signature.js';

/** For the operator: what keeps `stripe-signature` from being read, or how far its time is off. */
export function explainStripeHeader(headers: IncomingHttpHeaders, now: Date): string | null {
  const header = headers['stripe-signature']?.toString();
  if (!header) return 'stripe-signature is missing';
  if (header.length > MAX_HEADER_LENGTH)
    return `stripe-signature is longer than ${MAX_HEADER_LENGTH} characters`;
  const pairs = header.split(',').map((part) => part.trim().split('='));
  const valuesOf = (scheme: string) =>
    pairs.filter(([name]) => name === scheme).map(([, value = '']) => value);
  const times = valuesOf('t');
  const claimed = valuesOf('v1');
  if (times.length !== 1) return times.length === 0 ? 'it has no t=' : 'it has more than one t=';
  const seconds = parseUnixSeconds(times[0] ?? '');
  if (seconds === null) return 't= is no unix time in whole seconds';
  if (claimed.length === 0) return 'it has no v1=';
  if (claimed.length > MAX_SIGNATURES) return `it has more than ${MAX_SIGNATURES} v1=`;
  if (!claimed.some((text) => hexSignature(text))) return 'no v1= is 64 hexadecimal digits';
  return tellWindow(seconds, now);
}
