import { type ConfigurableGateway } from './configurable-gateway.js';
import { type Parser, InvalidValue } from './reading.js';

const MAX_SECRETS = 5;
const NOT_A_LIST = new InvalidValue(
  'must be comma-separated, or a JSON array of strings where it begins with [',
);

/** In characters, in production. A shorter secret can be found offline by brute force from one recorded request. */
const MIN_SECRET_LENGTH = 16;

/**
 * Prefixes of values that are often pasted by mistake in place of a webhook secret. They are public, or they grant more
 * than webhooks, and a signature with them never matches that of the gateway.
 */
const KNOWN_NON_SECRETS: readonly (readonly [pattern: RegExp, name: string])[] = [
  [/^(?:sk|rk)_(?:live|test)_/, 'a secret API key'],
  [/^pk_(?:live|test)_/, 'a public API key'],
  [/^we_[A-Za-z0-9]{8,}$/, 'the id of a webhook endpoint'],
  [/^rzp_(?:live|test)_/, 'the id of an API key'],
];

/** Which rules apply to secrets. */
export interface SecretRules {
  readonly production: boolean;
  /** `ALLOW_WEAK_SECRETS`: production accepts short secrets. */
  readonly allowWeak: boolean;
}

/** Parses the secrets in use, newest first: comma-separated, or a JSON array if a secret contains a comma. */
export function parseWebhookSecrets(
  gateway: ConfigurableGateway,
  rules: SecretRules,
): Parser<readonly string[]> {
  return (text) => {
    const secrets = splitSecrets(text);
    if (secrets === null) return NOT_A_LIST;
    const faults = secrets.flatMap((secret, index) => {
      const sentence =
        secretError(secret, secrets.slice(0, index), gateway) ?? productionError(secret, rules);
      return sentence === null ? [] : [`entry ${index + 1} ${sentence}`];
    });
    if (secrets.length === 0) faults.push('must hold at least one secret');
    if (secrets.length > MAX_SECRETS) faults.push(`must hold at most ${MAX_SECRETS} secrets`);
    return faults.length > 0 ? new InvalidValue(...faults) : Object.freeze(secrets);
  };
}

function secretError(secret: string, newer: readonly string[], gateway: ConfigurableGateway): string | null {
  if (secret.trim() === '') return 'must not be empty';
  if (newer.includes(secret)) return 'must not repeat an earlier entry';
  return gateway.checkSecret?.(secret) ?? null;
}

function productionError(secret: string, { production, allowWeak }: SecretRules): string | null {
  if (!production) return null;
  const mistaken = KNOWN_NON_SECRETS.find(([pattern]) => pattern.test(secret));
  if (mistaken) return `must be the webhook's signing secret; this is ${mistaken[1]}`;
  return secret.length < MIN_SECRET_LENGTH && !allowWeak
    ? `must have ${MIN_SECRET_LENGTH} characters or more in production; ALLOW_WEAK_SECRETS=1 takes shorter ones`
    : null;
}

function splitSecrets(text: string): string[] | null {
  if (!text.trimStart().startsWith('[')) return text.split(',').map((entry) => entry.trim());
  try {
    const entries: unknown = JSON.parse(text);
    return Array.isArray(entries) && entries.every((entry) => typeof entry === 'string') ? entries : null;
  } catch (error) {
    // The message of the parser quotes the text, which is a secret.
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
