import { parseApiKeys } from './api-keys.js';
import { type ApiKey } from './env.js';
import { type Faults, type Parser } from './reading.js';
import * as readings from './readings.js';
import { parseRetryUrl } from './retry-url.js';

interface Variable<T> {
  readonly parse: Parser<T>;
  readonly defaultValue: T;
}

const variable = <T>(read: Parser<T>, unset: NoInfer<T>): Variable<T> => ({
  parse: read,
  defaultValue: unset,
});
const optional = <T>(read: Parser<T>): Variable<T | null> => ({ parse: read, defaultValue: null });

const MAX_DURATION = 1_000_000_000;
const MIB = 1024 * 1024;

/** Every variable that does not belong to a gateway, with its parser and its default value. */
const VARIABLES = {
  NODE_ENV: variable(readings.oneOf('production', 'development', 'test'), 'development'),
  HOST: variable(readings.host, '127.0.0.1'),
  /** 0 takes any free port. */
  PORT: variable(readings.integer(0, 65_535), 3000),
  TRUST_PROXY: variable(readings.trustedProxies, false),
  DATABASE_URL: optional(readings.url(['postgres:', 'postgresql:'], { hostless: true })),
  DATA_DIR: variable(readings.folder, './data'),
  ALLOW_EMBEDDED: variable(readings.flag, false),
  /** Production takes webhook secrets of less than 16 characters. */
  ALLOW_WEAK_SECRETS: variable(readings.flag, false),
  API_KEYS: variable<readonly ApiKey[]>(parseApiKeys, []),
  SMTP_URL: optional(readings.url(['smtp:', 'smtps:'])),
  SMTP_ALLOW_PLAINTEXT: variable(readings.flag, false),
  MAIL_FROM: variable(readings.mailbox, 'Payhook <payhook@localhost>'),
  /** The address of whoever runs the service. */
  OPERATOR_MAIL: optional(readings.emailAddress),
  SILENCE_AFTER_HOURS: variable(readings.decimal(0.0001, 100_000), 6),
  MAIL_LOCALE: variable(readings.locale, 'en'),
  MESSAGE_CHANNELS: optional(readings.channelNames),
  HTTP_CHANNEL_URL: optional(readings.apiUrl),
  HTTP_CHANNEL_SECRET: optional(readings.signingSecrets),
  ALERT_SETTLE_SECONDS: variable(readings.integer(0, MAX_DURATION), 5),
  ALERT_QUIET_SECONDS: variable(readings.integer(0, MAX_DURATION), 900),
  ALERT_MAX_AGE_HOURS: variable(readings.integer(0, MAX_DURATION), 72),
  ALERTS_PER_ADDRESS_PER_HOUR: variable(readings.integer(0, 1_000_000), 5),
  /** Days after an order's first failure. The least is 9 seconds. */
  DUNNING_DAYS: variable<readonly number[]>(readings.ascending(0.0001, 3_650, 20), [3, 7, 14]),
  RECONCILE_EVERY: variable(readings.duration, 3_600),
  PAYMENT_RETRY_URL: optional(parseRetryUrl),
  LOG_LEVEL: variable(readings.oneOf('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'), 'info'),
  METRICS_PUBLIC: variable(readings.flag, false),
  RETENTION_DAYS: variable(readings.integer(1, 36_500), 90),
  EVENTS_RETENTION_DAYS: variable(readings.integer(1, 36_500), 30),
  PAYLOAD_KEYS: variable<readonly string[]>(readings.payloadKeys, []),
  MAX_UNVERIFIED_BYTES: variable(readings.integer(1, Number.MAX_SAFE_INTEGER), 64 * MIB),
  MAX_CONNECTIONS: variable(readings.integer(1, 1_000_000), 10_000),
  MAX_HEADER_COUNT: variable(readings.integer(10, 2000), 100),
  MAX_HEADER_BYTES: variable(readings.integer(1024, MIB), 16 * 1024),
  HEADERS_TIMEOUT_SECONDS: variable(readings.integer(1, 3600), 15),
  REQUEST_TIMEOUT_SECONDS: variable(readings.integer(1, 3600), 30),
  KEEP_ALIVE_SECONDS: variable(readings.integer(1, 3600), 75),
  SHUTDOWN_SECONDS: variable(readings.integer(1, 3600), 25),
  REFUSAL_BURST: variable(readings.integer(1, 1_000_000), 300),
  REFUSALS_PER_SECOND: variable(readings.integer(1, 100_000), 5),
  REFUSALS_KEPT: variable(readings.integer(0, 1_000_000), 10_000),
  REFUSAL_BODY_BYTES: variable(readings.integer(0, 4096), 0),
  PAYHOOK_PLUGINS: variable<readonly string[]>(readings.pluginNames, []),
  ROLE: variable(readings.oneOf('all', 'intake', 'worker'), 'all'),
  WORKERS: variable(readings.integer(1, 1024), 1),
};

type Name = keyof typeof VARIABLES;
export type Values = { readonly [K in Name]: (typeof VARIABLES)[K] extends Variable<infer T> ? T : never };

export const VARIABLE_NAMES = Object.keys(VARIABLES) as readonly Name[];

/** Returns the values of all variables. An invalid one is added to `faults` and replaced by its default. */
export function readVariables(texts: ReadonlyMap<string, string>, faults: Faults): Values {
  const production = texts.get('NODE_ENV') === 'production';
  const read = ([name, { parse: read, defaultValue: unset }]: [string, Variable<unknown>]) => {
    const text = texts.get(name);
    return [name, text === undefined ? unset : (faults.unwrap(name, read(text, { production })) ?? unset)];
  };
  return Object.fromEntries(Object.entries(VARIABLES as Record<Name, Variable<unknown>>).map(read)) as Values;
}
