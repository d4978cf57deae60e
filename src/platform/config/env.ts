/** Everything the environment may set, typed and frozen. */
export interface Env {
  readonly production: boolean;
  /** Outside production with no webhook secret set: secrets are made once and kept in the data folder. */
  readonly sandbox: boolean;
  readonly host: string;
  readonly port: number;
  /** Hops (a number) or CIDRs, as Express reads `trust proxy`; false for none. */
  readonly trustProxy: number | readonly string[] | false;
  /** Null: the embedded PostgreSQL, in `dataDir`. */
  readonly databaseUrl: string | null;
  readonly dataDir: string;
  readonly gateways: ReadonlyMap<string, ReadonlyMap<string, GatewayAccount>>;
  readonly apiKeys: readonly ApiKey[];
  readonly smtpUrl: string | null;
  readonly mailFrom: string;
  readonly mailLocale: string;
  readonly alertSettleSeconds: number;
  readonly alertQuietSeconds: number;
  readonly alertMaxAgeHours: number;
  /** https template with placeholders such as {orderId}; null for none. */
  readonly paymentRetryUrl: string | null;
  readonly logLevel: string;
  readonly metricsPublic: boolean;
  readonly maxUnverifiedBytes: number;
  readonly limits: Limits;
  /** How long payloads, contacts and rendered mails are kept. */
  readonly retentionDays: number;
  /** 32 bytes each in base64, newest first: the first seals payloads, all open them. None unless set. */
  readonly payloadKeys: readonly string[];
  readonly workers: number;
  /** How long a process may take over its end, from the signal on. */
  readonly shutdownSeconds: number;
}

/** How much of the service anybody may use up before having proved anything. */
export interface Limits {
  readonly maxConnections: number;
  readonly maxHeaderCount: number;
  readonly maxHeaderBytes: number;
  /** How long a sender may take over its headers, and over the whole request. */
  readonly headersTimeoutSeconds: number;
  readonly requestTimeoutSeconds: number;
  /** How long a connection is kept open after an answer: longer than a load balancer in front keeps it. */
  readonly keepAliveSeconds: number;
  /** How many refusals an address may collect at once before it is told 429, and how many are forgiven a second. */
  readonly refusalBurst: number;
  readonly refusalsPerSecond: number;
  /** How many refused requests are kept to be looked at; 0 for none. */
  readonly refusalsKept: number;
  /** How much of a refused body is kept with it: 0 for nothing. */
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

export interface ApiKey {
  readonly name: string;
  readonly key: string;
  readonly role: 'read' | 'operate';
}
