import { type ConfigurableGateway } from './configurable-gateway.js';
import { type Parser, InvalidValue } from './reading.js';

const MAX_SECRETS = 5;
const NOT_A_LIST = new InvalidValue(
  'must be comma-separated, or a JSON array of strings where it begins with [',
);

/** In characters, in production. A shorter secret can be guessed from one recorded request, on the guesser's machine. */
const MIN_SECRET_LENGTH = 16;

/**
 * Things that are copied where a webhook secret belongs, by how they begin. None is secret from everybody else, or it
 * opens more than webhooks; a signature over it never matches what the gateway sends.
 */
const KNOWN_NON_SECRETS: readonly (readonly [pattern: RegExp, name: string])[] = [
  [/^(?:sk|rk)_(?:live|test)_/, 'a secret API key'],
  [/^pk_(?:live|test)_/, 'a public API key'],
  [/^we_[A-Za-z0-9]{8,}$/, 'the id of a webhook endpoint'],
  [/^rzp_(?:live|test)_/, 'the id of an API key'],
];

/** How much is asked of secrets. */
export interface SecretRules {
  readonly production: boolean;
  /** `ALLOW_WEAK_SECRETS`: production takes short ones. */
  readonly allowWeak: boolean;
}

/** The secrets in use, newest first: comma-separated, or a JSON array (where a secret holds a comma). */
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
    // The parser's own message quotes the text, which is a secret.
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
