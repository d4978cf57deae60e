import { type ConfigurableGateway, DEFAULT_ACCOUNT } from './configurable-gateway.js';
import { type Env } from './env.js';
import { SANDBOX_KEY_NAME } from './read-env.js';

/**
 * Prints the webhook URLs, the secrets and the API key of the sandbox for the developer at the terminal. Prints nothing
 * outside the sandbox, nor for a worker, which takes no webhooks, and never a key of `API_KEYS`. `write` is called once and must write to the terminal, not to the
 * log.
 */
export function printSandbox(
  env: Env,
  gateways: readonly ConfigurableGateway[],
  baseUrl: string,
  write: (text: string) => void,
): void {
  if (!env.sandbox || env.role === 'worker') return;
  const base = baseUrl.replace(/\/+$/, '');
  const lines = gateways.flatMap((gateway) => webhookLines(gateway, env, base));
  const key = env.apiKeys.find(({ name, key }) => name === SANDBOX_KEY_NAME && key.startsWith('sandbox_'));
  const opening =
    'Sandbox: no WEBHOOK_SECRETS_* is set, so these were made for this machine. Not for real payments.';
  const keyLine = key ? `  API key    Authorization: Bearer ${key.key}` : '  API key    as set in API_KEYS';
  write(['', opening, '', ...lines, keyLine, ''].join('\n') + '\n');
}

function webhookLines({ name, tokenInPath }: ConfigurableGateway, env: Env, base: string): string[] {
  const secret = env.gateways.get(name)?.get(DEFAULT_ACCOUNT)?.secrets[0];
  if (secret === undefined) return [];
  const url = `${base}/webhooks/${name}`;
  const label = `  ${name.padEnd(10)} `;
  if (tokenInPath) return [`${label}${url}/${encodeURIComponent(secret)}`];
  return [`${label}${url}`, `${''.padEnd(label.length)}secret ${secret}`];
}
