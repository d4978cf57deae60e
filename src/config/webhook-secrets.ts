import { type ConfigurableGateway } from './configurable-gateway.js';
import { type Reading, Wrong } from './reading.js';

const MOST_SECRETS = 5;
const NOT_A_LIST = new Wrong('must be comma-separated, or a JSON array of strings where it begins with [');

/** The secrets in use, newest first: comma-separated, or a JSON array (where a secret holds a comma). */
export function webhookSecrets(gateway: ConfigurableGateway): Reading<readonly string[]> {
  return (text) => {
    const secrets = split(text);
    if (secrets === null) return NOT_A_LIST;
    const faults = secrets.flatMap((secret, index) => {
      const sentence = secretFault(secret, secrets.slice(0, index), gateway);
      return sentence === null ? [] : [`entry ${index + 1} ${sentence}`];
    });
    if (secrets.length === 0) faults.push('must hold at least one secret');
    if (secrets.length > MOST_SECRETS) faults.push(`must hold at most ${MOST_SECRETS} secrets`);
    return faults.length > 0 ? new Wrong(...faults) : Object.freeze(secrets);
  };
}

function secretFault(secret: string, newer: readonly string[], gateway: ConfigurableGateway): string | null {
  if (secret.trim() === '') return 'must not be empty';
  if (newer.includes(secret)) return 'must not repeat an earlier entry';
  return gateway.checkSecret?.(secret) ?? null;
}

function split(text: string): string[] | null {
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
