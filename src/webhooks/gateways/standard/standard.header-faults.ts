import { type IncomingHttpHeaders } from 'node:http';
import { parseUnixSeconds, tellWindow } from '../signature.js';
import { MAX_HEADER_LENGTH, SIGNATURE } from './standard.signature.js';

const NEEDED = ['webhook-id', 'webhook-timestamp', 'webhook-signature'];

/** For the operator: what keeps the three headers from being read, or how far their time is off. */
export function explainStandardHeaders(headers: IncomingHttpHeaders, now: Date): string | null {
  const missing = NEEDED.filter((name) => !headers[name]);
  if (missing.length > 0) return `missing: ${missing.join(', ')}`;
  const seconds = parseUnixSeconds(headers['webhook-timestamp']?.toString() ?? '');
  if (seconds === null) return 'webhook-timestamp is no unix time in whole seconds';
  const list = headers['webhook-signature']?.toString() ?? '';
  if (list.length > MAX_HEADER_LENGTH)
    return `webhook-signature is longer than ${MAX_HEADER_LENGTH} characters`;
  const entries = list.split(' ');
  if (!entries.some((entry) => /^v1a?,/.test(entry))) return 'webhook-signature has no v1 or v1a entry';
  if (!entries.some((entry) => SIGNATURE.test(entry)))
    return 'no entry of webhook-signature is the base64 of a signature';
  return tellWindow(seconds, now);
}
