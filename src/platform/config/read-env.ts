import { type ConfigurableGateway, GATEWAY_NAME, SETTING_NAME } from './configurable-gateway.js';
import {
  type ConfigurableFeature,
  featureVariables,
  readFeatureSettings,
  replacedVariable,
} from './configurable-feature.js';
import { ConfigurationError } from './configuration.errors.js';
import { type Env, type GatewayAccount } from './env.js';
import { readAccounts } from './gateway-accounts.js';
import {
  type RawAccount,
  gatewayVariableNames,
  groupByAccount,
  targetOfVariable,
} from './gateway-variables.js';
import { checkProductionRules } from './production-rules.js';
import { Faults } from './reading.js';
import { type SecretRules } from './webhook-secrets.js';
import { readVariables, type Values, VARIABLE_NAMES } from './variables.js';

type Texts = Readonly<Record<string, string | undefined>>;

/**
 * The sources of the configuration. The environment takes precedence over the file, even where it sets an empty value.
 */
export interface ConfigurationSource {
  /** Variables of the process. Those of other programs are ignored. An empty value counts as unset. */
  readonly environment: Texts;
  /** The parsed `.env`. Only Payhook uses it, so an unknown key is a fault. */
  readonly envFile?: Texts;
  /** The database is a host application's, so that `DATABASE_URL` is not needed. */
  readonly hostDatabase?: boolean;
  /** The secrets that were created for the sandbox. Used in the sandbox only. */
  readonly sandbox?: SandboxSecrets;
}

export interface SandboxSecrets {
  /** The secret of the default account of each gateway, by the gateway's name. */
  readonly secrets: ReadonlyMap<string, string>;
  /** Used where `API_KEYS` is not set. */
  readonly apiKey: string;
}

/** The name of the API key of the sandbox. */
export const SANDBOX_KEY_NAME = 'sandbox';

/** Names of all variables; those of gateways with the names of their default accounts. */
export const listVariables = (
  gateways: readonly ConfigurableGateway[],
  features: readonly ConfigurableFeature[] = [],
): readonly string[] => [
  ...VARIABLE_NAMES,
  ...featureVariables(features),
  ...gateways.flatMap(gatewayVariableNames),
];

/**
 * The whole configuration, typed and frozen. Pure. `sandbox` is true outside production where no webhook secret is
 * set; without `source.sandbox` the sandbox has no accounts and no key yet.
 *
 * @throws ConfigurationError with every fault at once.
 */
export function readEnv(
  source: ConfigurationSource,
  gateways: readonly ConfigurableGateway[],
  features: readonly ConfigurableFeature[] = [],
): Env {
  const faults = new Faults();
  const texts = mergeSources(source);
  const values = readVariables(texts, faults);
  const said = groupByAccount(texts, gateways, faults);
  const production = values.NODE_ENV === 'production';
  const anySecrets = [...texts.keys()].some((name) => name.startsWith('WEBHOOK_SECRETS_'));
  const sandbox = !production && !anySecrets;
  const ofFeatures = readFeatureSettings(features, gateways, texts, { isSandbox: sandbox }, faults);

  checkGateways(gateways, faults);
  checkUnknownKeys(source.envFile ?? {}, texts, { gateways, features }, faults);
  if (values.SMTP_URL !== null && !texts.has('MAIL_FROM')) {
    faults.add(
      'MAIL_FROM',
      'must be set where SMTP_URL is: mail servers refuse a sender that nobody has named',
    );
  }
  if (values.MESSAGE_CHANNELS?.includes('http'))
    for (const name of ['HTTP_CHANNEL_URL', 'HTTP_CHANNEL_SECRET'] as const)
      if (!texts.has(name)) faults.add(name, 'must be set where MESSAGE_CHANNELS names http');
  const anyDatabase = texts.has('DATABASE_URL') || source.hostDatabase === true;
  if (values.ROLE !== 'all' && !anyDatabase)
    faults.add(
      'ROLE',
      'must be all where DATABASE_URL is not set: intake and worker are processes that share a PostgreSQL, and the ' +
        'embedded one belongs to the process that starts it',
    );
  if (production)
    checkProductionRules(
      texts,
      values,
      { anySecrets, anyDatabase: anyDatabase || values.ROLE !== 'all' },
      gateways,
      faults,
    );
  const accounts = readGateways(
    gateways,
    said,
    sandbox ? (source.sandbox?.secrets ?? null) : null,
    sandbox,
    { production, allowWeak: values.ALLOW_WEAK_SECRETS },
    faults,
  );
  if (faults.sentences.length > 0) throw new ConfigurationError(faults.sentences);

  const made = sandbox && !texts.has('API_KEYS') ? source.sandbox?.apiKey : undefined;
  const apiKeys = made === undefined ? values.API_KEYS : [sandboxKey(made)];
  return buildEnv(values, {
    ...{ production, sandbox, gateways: accounts, features: ofFeatures },
    apiKeys: Object.freeze(apiKeys),
  });
}

const sandboxKey = (key: string) => Object.freeze({ name: SANDBOX_KEY_NAME, key, role: 'operate' as const });

function mergeSources({ environment, envFile = {} }: ConfigurationSource): ReadonlyMap<string, string> {
  const own = Object.entries(environment).filter(([, text]) => text !== undefined);
  const all = Object.entries({ ...envFile, ...Object.fromEntries(own) });
  return new Map(all.filter((entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== ''));
}

function readGateways(
  gateways: readonly ConfigurableGateway[],
  said: ReadonlyMap<string, ReadonlyMap<string, RawAccount>>,
  made: ReadonlyMap<string, string> | null,
  sandbox: boolean,
  rules: SecretRules,
  faults: Faults,
): Env['gateways'] {
  const all = new Map<string, ReadonlyMap<string, GatewayAccount>>();
  for (const gateway of gateways) {
    const texts = said.get(gateway.name) ?? new Map<string, RawAccount>();
    const accounts = readAccounts(gateway, texts, made?.get(gateway.name) ?? null, sandbox, rules, faults);
    if (accounts.size > 0) all.set(gateway.name, accounts);
  }
  return all;
}

/** Gateways come from plug-ins, too: what is wrong with their names would break URLs and variables. */
function checkGateways(gateways: readonly ConfigurableGateway[], faults: Faults): void {
  const seen = new Set<string>();
  for (const { name, settings = {} } of gateways) {
    if (!GATEWAY_NAME.test(name))
      faults.add(
        `The gateway ${JSON.stringify(name)}`,
        'must have a name of 1 to 31 lower-case letters, digits and single underscores that begins with a letter',
      );
    if (seen.has(name)) faults.add(`The gateway ${name}`, 'must be registered once');
    seen.add(name);
    for (const [setting, rule] of Object.entries(settings)) {
      const subject = `The setting ${JSON.stringify(setting)} of the gateway ${name}`;
      if (!SETTING_NAME.test(setting))
        faults.add(subject, 'must have a name of upper-case letters, digits and single underscores');
      if (rule.kind === 'oneOf' && !rule.oneOf.includes(rule.default))
        faults.add(subject, 'must have a default that is one of its words');
    }
  }
}

/** Reports unknown keys of `.env`. A set key that looks like one of a gateway has been reported already. */
function checkUnknownKeys(
  envFile: Texts,
  texts: ReadonlyMap<string, string>,
  {
    gateways,
    features,
  }: { gateways: readonly ConfigurableGateway[]; features: readonly ConfigurableFeature[] },
  faults: Faults,
): void {
  const known: readonly string[] = [...VARIABLE_NAMES, ...featureVariables(features)];
  for (const key of Object.keys(envFile)) {
    // A variable of a feature for one gateway was checked with the feature's settings.
    if (known.includes(key) || replacedVariable(features, key) !== null) continue;
    const place = targetOfVariable(key, gateways);
    if (place === null) faults.add(printableKey(key), 'in .env is no variable of this service');
    else if (!texts.has(key)) faults.unwrap(key, place);
  }
}

/** A broken line of `.env` can leave a part of a secret in place of a name, so only names are printed. */
const printableKey = (key: string) =>
  /^([A-Z][A-Z0-9_]*|[a-z][a-z_]*)$/.test(key) && key.length <= 60
    ? key
    : 'A key that is not spelt like a variable';

function buildEnv(
  values: Values,
  rest: Pick<Env, 'production' | 'sandbox' | 'gateways' | 'features' | 'apiKeys'>,
): Env {
  return Object.freeze({
    ...rest,
    host: values.HOST,
    port: values.PORT,
    trustProxy: values.TRUST_PROXY,
    databaseUrl: values.DATABASE_URL,
    dataDir: values.DATA_DIR,
    smtpUrl: values.SMTP_URL,
    mailFrom: values.MAIL_FROM,
    mailLocale: values.MAIL_LOCALE,
    messageChannels: values.MESSAGE_CHANNELS,
    httpChannel: httpChannelOf(values),
    operatorMail: values.OPERATOR_MAIL,
    silenceAfterHours: values.SILENCE_AFTER_HOURS,
    alertSettleSeconds: values.ALERT_SETTLE_SECONDS,
    alertQuietSeconds: values.ALERT_QUIET_SECONDS,
    alertMaxAgeHours: values.ALERT_MAX_AGE_HOURS,
    alertsPerAddressPerHour: values.ALERTS_PER_ADDRESS_PER_HOUR,
    dunningDays: values.DUNNING_DAYS,
    reconcileEverySeconds: values.RECONCILE_EVERY,
    paymentRetryUrl: values.PAYMENT_RETRY_URL,
    logLevel: values.LOG_LEVEL,
    metricsPublic: values.METRICS_PUBLIC,
    maxUnverifiedBytes: values.MAX_UNVERIFIED_BYTES,
    limits: limitsOf(values),
    retentionDays: values.RETENTION_DAYS,
    eventsRetentionDays: values.EVENTS_RETENTION_DAYS,
    payloadKeys: values.PAYLOAD_KEYS,
    role: values.ROLE,
    workers: values.WORKERS,
    shutdownSeconds: values.SHUTDOWN_SECONDS,
  });
}

const httpChannelOf = ({
  HTTP_CHANNEL_URL: url,
  HTTP_CHANNEL_SECRET: secrets,
}: Values): Env['httpChannel'] => (url === null || secrets === null ? null : Object.freeze({ url, secrets }));

const limitsOf = (values: Values): Env['limits'] =>
  Object.freeze({
    maxConnections: values.MAX_CONNECTIONS,
    maxHeaderCount: values.MAX_HEADER_COUNT,
    maxHeaderBytes: values.MAX_HEADER_BYTES,
    headersTimeoutSeconds: values.HEADERS_TIMEOUT_SECONDS,
    requestTimeoutSeconds: values.REQUEST_TIMEOUT_SECONDS,
    keepAliveSeconds: values.KEEP_ALIVE_SECONDS,
    refusalBurst: values.REFUSAL_BURST,
    refusalsPerSecond: values.REFUSALS_PER_SECOND,
    refusalsKept: values.REFUSALS_KEPT,
    refusalBodyBytes: values.REFUSAL_BODY_BYTES,
  });
