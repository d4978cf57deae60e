import { redactSecrets } from '../../platform/logging/redactor.js';

/** Headers that authenticate: of these only the presence is kept. */
const SECRET_HEADER =
  /auth|cookie|signature|token|secret|api[-_]?key|private|hmac|pass(?:word|wd|phrase)|credential|session|jwt|bearer|client-cert|(?:^|[-_])(?:sig|sign|otp)(?:$|[-_])|(?<!idempotency)[-_]key$/i;

const MASK = '***';

/**
 * Name and value as received, in order; what authenticates is masked before anything is stored or shown: by the
 * header's name, by what secrets and tokens look like, and wherever a secret of the account stands in a value (a
 * proxy may tell the path that was asked for, and some paths hold a token).
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

/** The text with every one of these secrets masked, wherever it stands. */
export const maskKnownSecrets = (text: string, secrets: readonly string[]): string =>
  secrets.reduce((left, secret) => left.replaceAll(secret, MASK), text);
