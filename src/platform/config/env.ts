import type { FeatureSettings } from './configurable-feature.js';

/** `intake` takes webhooks and answers reads, `worker` processes what is stored, `all` does both. */
export type Role = 'all' | 'intake' | 'worker';

/** Everything the environment may set, typed and frozen. */
export interface Env {
  readonly production: boolean;
  /** True outside production if no webhook secret is set. Secrets are then created once and kept in the data folder. */
  readonly sandbox: boolean;
  readonly host: string;
  readonly port: number;
  /** A number of hops or CIDR ranges, as in Express's `trust proxy`; false for none. */
  readonly trustProxy: number | readonly string[] | false;
  /** Null means the embedded PostgreSQL in `dataDir`. */
  readonly databaseUrl: string | null;
  readonly dataDir: string;
  readonly gateways: ReadonlyMap<string, ReadonlyMap<string, GatewayAccount>>;
  readonly apiKeys: readonly ApiKey[];
  readonly smtpUrl: string | null;
  readonly mailFrom: string;
  readonly mailLocale: string;
  /** The names of the channels by which customers are told; null where the variable is not set. */
  readonly messageChannels: readonly string[] | null;
  /** The receiver of the channel `http`; null where one of its two variables is not set. */
  readonly httpChannel: HttpChannelSettings | null;
  /** Where the operator is written to; null for nobody. */
  readonly operatorMail: string | null;
  /** How long an account must have been without an event before it counts as silent; see `silentSince`. */
  readonly silenceAfterHours: number;
  readonly alertSettleSeconds: number;
  readonly alertQuietSeconds: number;
  readonly alertMaxAgeHours: number;
  /** How many alerts go to one address within an hour, over all orders; 0 for none at all. */
  readonly alertsPerAddressPerHour: number;
  /** Days of 24 hours after an order's first failure, ascending. */
  readonly dunningDays: readonly number[];
  /** How often an account that can be asked is reconciled; 0 for never. */
  readonly reconcileEverySeconds: number;
  /** https template with placeholders such as {orderId}; null for none. */
  readonly paymentRetryUrl: string | null;
  readonly logLevel: string;
  readonly metricsPublic: boolean;
  readonly maxUnverifiedBytes: number;
  readonly limits: Limits;
  /** How many days payloads, contacts and rendered mails are kept. */
  readonly retentionDays: number;
  /** How many days domain events are kept. */
  readonly eventsRetentionDays: number;
  /**
   * Keys of 32 bytes in base64, newest first. The first encrypts payloads, and all of them decrypt. Empty unless set.
   */
  readonly payloadKeys: readonly string[];
  /** The values of the variables that features declare, by the name of the variable. */
  readonly features: FeatureSettings;
  readonly role: Role;
  /** How many processes of this role share the port. */
  readonly workers: number;
  /** How long a process may take to shut down after a signal. */
  readonly shutdownSeconds: number;
}

export interface HttpChannelSettings {
  readonly url: string;
  /** One or two, in the form of Standard Webhooks. */
  readonly secrets: readonly string[];
}

/** Limits on what a sender may use before it is authenticated. */
export interface Limits {
  readonly maxConnections: number;
  readonly maxHeaderCount: number;
  readonly maxHeaderBytes: number;
  /** How long a sender may take for the headers, and for the whole request. */
  readonly headersTimeoutSeconds: number;
  readonly requestTimeoutSeconds: number;
  /** How long an idle connection is kept open. It must be longer than a load balancer in front keeps it. */
  readonly keepAliveSeconds: number;
  /** How many refusals an address may have before it gets 429, and how many are subtracted per second. */
  readonly refusalBurst: number;
  readonly refusalsPerSecond: number;
  /** How many refused requests are kept for operators; 0 for none. */
  readonly refusalsKept: number;
  /** How many bytes of a refused body are kept; 0 for none. */
  readonly refusalBodyBytes: number;
}

export interface GatewayAccount {
  readonly gateway: string;
  readonly account: string;
  /** Newest first, one to five. */
  readonly secrets: readonly string[];
  readonly mode: 'live' | 'test';
  /** `<GATEWAY>_<SETTING>` values by setting name. */
  readonly settings: Readonly<Record<string, string>>;
}

export const API_ROLES = ['read', 'checkout', 'operate'] as const;

/**
 * What a key is for. `read` reads everything. `checkout` is for the checkout of a shop: it registers and reads orders and
 * confirms payments, and nothing else, so it is no superset of `read`. `operate` may do everything.
 */
export type ApiRole = (typeof API_ROLES)[number];

export interface ApiKey {
  readonly name: string;
  readonly key: string;
  readonly role: ApiRole;
}
