import { type ConfigurableGateway, DEFAULT_ACCOUNT, type SettingRule } from './configurable-gateway.js';
import { type GatewayAccount } from './env.js';
import { type RawAccount, settingVariable } from './gateway-variables.js';
import { type Faults, InvalidValue } from './reading.js';
import { apiUrl, isPlainText, oneOf } from './readings.js';
import { type SecretRules, parseWebhookSecrets } from './webhook-secrets.js';

const parseMode = oneOf('live', 'test');
const ANYWHERE = { production: false };

/**
 * The accounts of one gateway that have secrets. In the sandbox the default account's secret is the one that was
 * made for it, and every mode is `test`; otherwise the settings decide the mode, then the variable, then `live`.
 */
export function readAccounts(
  gateway: ConfigurableGateway,
  texts: ReadonlyMap<string, RawAccount>,
  sandboxSecret: string | null,
  inSandbox: boolean,
  rules: SecretRules,
  faults: Faults,
): ReadonlyMap<string, GatewayAccount> {
  const accounts = new Map<string, GatewayAccount>();
  const names = sandboxSecret === null ? texts.keys() : new Set([DEFAULT_ACCOUNT, ...texts.keys()]);
  for (const account of names) {
    const said: RawAccount = texts.get(account) ?? { settings: new Map() };
    const settings = readSettings(said, gateway, faults);
    checkNeeds(account, said, gateway, faults);
    const chosen = said.mode && faults.unwrap(said.mode.variable, parseMode(said.mode.text, ANYWHERE));
    if (inSandbox && said.mode && chosen === 'live') {
      faults.add(
        said.mode.variable,
        'must be test while no WEBHOOK_SECRETS_* is set: the sandbox is never live',
      );
    }
    const ofSandbox = inSandbox && account === DEFAULT_ACCOUNT;
    if (!said.secrets && !ofSandbox) checkUnused(account, said, gateway, faults);
    const secrets = ofSandbox
      ? readSandboxSecret(gateway, sandboxSecret, faults)
      : readSecrets(gateway, said, rules, faults);
    if (secrets === null) continue;
    if (!inSandbox) checkRequired(account, said, gateway, faults);
    const told = inSandbox ? 'test' : (gateway.modeOf?.(settings) ?? chosen ?? 'live');
    accounts.set(account, Object.freeze({ gateway: gateway.name, account, secrets, mode: told, settings }));
  }
  checkSharedKeys(gateway, accounts, faults);
  return accounts;
}

/** What the API lists of a key would be taken in once for each account that has it. */
function checkSharedKeys(
  gateway: ConfigurableGateway,
  accounts: ReadonlyMap<string, GatewayAccount>,
  faults: Faults,
): void {
  const needed = gateway.neededToAsk ?? [];
  const [first] = needed;
  if (first === undefined) return;
  const urls = Object.entries(gateway.settings ?? {}).flatMap(([name, { kind }]) =>
    kind === 'url' ? [name] : [],
  );
  const owners = new Map<string, string>();
  for (const { account, settings } of accounts.values()) {
    if (needed.some((name) => settings[name] === undefined)) continue;
    const key = JSON.stringify([...needed, ...urls].map((name) => settings[name] ?? null));
    const owner = owners.get(key);
    if (owner === undefined) owners.set(key, account);
    else
      faults.add(
        settingVariable(gateway.name, first, account),
        `must not be the API key of the account ${owner}: its payments would be taken in once for each account`,
      );
  }
}

function readSandboxSecret(gateway: ConfigurableGateway, secret: string | null, faults: Faults) {
  const sentence = secret === null ? null : (gateway.checkSecret?.(secret) ?? null);
  if (sentence !== null) faults.add(`The secret of ${gateway.name} in sandbox.json`, sentence);
  return secret === null ? null : Object.freeze([secret]);
}

function readSecrets(
  gateway: ConfigurableGateway,
  { secrets }: RawAccount,
  rules: SecretRules,
  faults: Faults,
) {
  return secrets
    ? faults.unwrap(secrets.variable, parseWebhookSecrets(gateway, rules)(secrets.text, rules))
    : null;
}

/** A `oneOf` that is not set is its default; every other setting that is not set is left out. */
function readSettings(
  { settings }: RawAccount,
  { settings: rules = {} }: ConfigurableGateway,
  faults: Faults,
): Readonly<Record<string, string>> {
  const values: Record<string, string> = {};
  for (const [setting, rule] of Object.entries(rules)) {
    const said = settings.get(setting);
    if (said) {
      faults.unwrap(said.variable, parseSetting(said.text, rule));
      values[setting] = said.text;
    } else if (rule.kind === 'oneOf') values[setting] = rule.default;
  }
  return Object.freeze(values);
}

function parseSetting(text: string, rule: SettingRule): string | InvalidValue {
  if (rule.kind === 'url') return apiUrl(text, ANYWHERE);
  if (rule.kind === 'oneOf') return oneOf(...rule.oneOf)(text, ANYWHERE);
  return isPlainText(text) && text.trim() !== '' ? text : NOT_ONE_LINE;
}

const NOT_ONE_LINE = new InvalidValue('must be one line of text');

/** An account that can receive webhooks needs every required setting of its gateway. */
function checkRequired(
  account: string,
  { settings }: RawAccount,
  gateway: ConfigurableGateway,
  faults: Faults,
): void {
  for (const [setting, rule] of Object.entries(gateway.settings ?? {})) {
    if (rule.kind === 'oneOf' || !rule.required || settings.has(setting)) continue;
    faults.add(
      settingVariable(gateway.name, setting, account),
      `must be set: the account ${account} of ${gateway.name} does not work without it`,
    );
  }
}

/** A setting that is set beside the one that it needs: a key without its secret can ask nothing. */
function checkNeeds(
  account: string,
  { settings }: RawAccount,
  { name, settings: rules = {} }: ConfigurableGateway,
  faults: Faults,
): void {
  for (const [setting, said] of settings) {
    const rule = rules[setting];
    if (rule?.kind === 'oneOf' || rule?.needs === undefined || settings.has(rule.needs)) continue;
    faults.add(said.variable, `needs ${settingVariable(name, rule.needs, account)}: set both or neither`);
  }
}

/**
 * An account without secrets answers 404, so what else is said of it has no effect. The settings of the default
 * account may stay: taking its secrets away is how a gateway is switched off. Of another account it is a slip.
 */
function checkUnused(account: string, said: RawAccount, gateway: ConfigurableGateway, faults: Faults): void {
  const suffix = account === DEFAULT_ACCOUNT ? '' : `__${account.toUpperCase()}`;
  const wanted = `needs WEBHOOK_SECRETS_${gateway.name.toUpperCase()}${suffix}: the account ${account} has no secrets`;
  if (said.mode) faults.add(said.mode.variable, wanted);
  if (account === DEFAULT_ACCOUNT) return;
  for (const { variable } of said.settings.values()) faults.add(variable, wanted);
}
