import { redactSecrets } from '../../platform/logging/redactor.js';
import { MASK, maskKnownSecrets } from '../secrets/mask-known-secrets.js';

/** The value of a header with such a name is never kept. */
const SECRET_HEADER =
  /auth|cookie|signature|token|secret|api[-_]?key|private|hmac|pass(?:word|wd|phrase)|credential|session|jwt|bearer|client-cert|(?:^|[-_])(?:sig|sign|otp)(?:$|[-_])|(?<!idempotency)[-_]key$/i;

/**
 * Headers as [name, value], in the order and spelling they were received, without what authenticates. A value is masked
 * whole where the header's name says that it is secret. In other values, what looks like a secret or a token is masked,
 * and so is every secret of the account: a proxy may add a header with the path, and some paths hold a token.
 */
export function maskHeaders(
  rawHeaders: readonly string[],
  secrets: readonly string[] = [],
): [string, string][] {
  const headers: [string, string][] = [];
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const [name = '', value = ''] = rawHeaders.slice(at, at + 2);
    headers.push([name, SECRET_HEADER.test(name) ? MASK : maskValue(value, secrets)]);
  }
  return headers;
}

const maskValue = (value: string, secrets: readonly string[]): string =>
  redactSecrets(maskKnownSecrets(value, secrets));
