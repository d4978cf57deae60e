import { type ConfigurableGateway } from './configurable-gateway.js';
import { targetOfVariable } from './gateway-variables.js';
import { type Faults } from './reading.js';
import { type Values, VARIABLE_NAMES } from './variables.js';

/** The placeholder of secrets in `.env.example`. It is public, so it must not be used. */
const EXAMPLE_VALUE = /replace[-_]?me/i;

/** Checks what is allowed on a developer's machine and not in production. */
export function checkProductionRules(
  texts: ReadonlyMap<string, string>,
  values: Values,
  { anySecrets, anyDatabase }: { anySecrets: boolean; anyDatabase: boolean },
  gateways: readonly ConfigurableGateway[],
  faults: Faults,
): void {
  if (!anySecrets) {
    faults.add('WEBHOOK_SECRETS_*', 'must be set for at least one gateway: production has no sandbox');
  }
  if (!anyDatabase && !values.ALLOW_EMBEDDED) {
    faults.add(
      'DATABASE_URL',
      'must be set in production, or ALLOW_EMBEDDED=1 to use the embedded PostgreSQL',
    );
  }
  if (!texts.has('API_KEYS')) {
    faults.add(
      'API_KEYS',
      'must be set in production: without a key nobody sees what arrived, parked or failed',
    );
  }
  if (values.SMTP_URL !== null && !values.SMTP_ALLOW_PLAINTEXT && !isEncrypted(new URL(values.SMTP_URL))) {
    faults.add(
      'SMTP_URL',
      'must be smtps://, or smtp:// with ?requireTLS=true, and check the certificate: mails and the login would ' +
        'cross the network readable. SMTP_ALLOW_PLAINTEXT=1 allows it',
    );
  }
  for (const [name, text] of texts) {
    const place = targetOfVariable(name, gateways);
    const ours = (VARIABLE_NAMES as readonly string[]).includes(name) || place !== null;
    if (place !== null && 'part' in place && isUrlSetting(place, gateways) && isPlaintextUrl(text)) {
      faults.add(
        name,
        'must be https:// in production: the key and the answer that is believed would cross the network readable',
      );
    }
    if (ours && EXAMPLE_VALUE.test(text)) faults.add(name, 'still holds the value of .env.example');
  }
}

function isUrlSetting(
  { gateway, part }: { gateway: string; part: string },
  gateways: readonly ConfigurableGateway[],
): boolean {
  const rules = gateways.find(({ name }) => name === gateway)?.settings ?? {};
  return rules[part]?.kind === 'url';
}

/** Whether mails to this server are encrypted. Plain `smtp://` encrypts only if the server offers it. */
function isEncrypted({ protocol, hostname, searchParams }: URL): boolean {
  if (isLoopback(hostname)) return true;
  const encrypted = protocol === 'smtps:' || /^(?:true|1)$/.test(searchParams.get('requireTLS') ?? '');
  return encrypted && !/^(?:false|0)$/.test(searchParams.get('tls.rejectUnauthorized') ?? '');
}

/** Text that cannot be parsed is reported by its parser. */
function isPlaintextUrl(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : null;
  return url?.protocol === 'http:' && !isLoopback(url.hostname);
}

const isLoopback = (hostname: string): boolean =>
  hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
