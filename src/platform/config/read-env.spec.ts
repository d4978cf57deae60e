import { describe, expect, it } from '@jest/globals';
import { type ConfigurableFeature } from './configurable-feature.js';
import { type ConfigurableGateway } from './configurable-gateway.js';
import { ConfigurationError } from './configuration.errors.js';
import { type ApiRole } from './env.js';
import { targetOfVariable } from './gateway-variables.js';
import { type ConfigurationSource, readEnv } from './read-env.js';

const GATEWAYS: readonly ConfigurableGateway[] = [
  {
    name: 'signed',
    checkSecret: (secret) => (secret.startsWith('whsec_') ? null : 'must start with whsec_'),
  },
  { name: 'plain' },
  {
    name: 'asked',
    tokenInPath: true,
    settings: {
      PUBLIC_KEY: { kind: 'text' },
      SECRET_KEY: { kind: 'text', secret: true },
      API_URL: { kind: 'url' },
    },
    modeOf: ({ PUBLIC_KEY = '' }) =>
      PUBLIC_KEY.startsWith('pk_test_') ? 'test' : PUBLIC_KEY.startsWith('pk_live_') ? 'live' : null,
  },
];

const KEY = 'k'.repeat(32);
const PRODUCTION = {
  NODE_ENV: 'production',
  DATABASE_URL: 'postgres://db/payhook',
  WEBHOOK_SECRETS_PLAIN: 'a-secret-of-enough-length',
  API_KEYS: `ops:${KEY}`,
};

/** The base64 of 25 bytes. */
const SIGNING = `whsec_${Buffer.alloc(25, 7).toString('base64')}`;
/** A mail server, and who writes to it. */
const MAIL = { SMTP_URL: 'smtps://u:p@mail.example:465', MAIL_FROM: 'orders@shop.example' };

const read = (environment: ConfigurationSource['environment'], rest: Partial<ConfigurationSource> = {}) =>
  readEnv({ environment, ...rest }, GATEWAYS);

function faultsOf(...source: Parameters<typeof read>): readonly string[] {
  try {
    read(...source);
    return [];
  } catch (error) {
    if (error instanceof ConfigurationError) return error.faults;
    throw error;
  }
}

describe('what holds when nothing is set', () => {
  it('is the sandbox on this machine alone', () => {
    expect(read({})).toEqual({
      production: false,
      sandbox: true,
      host: '127.0.0.1',
      port: 3000,
      trustProxy: false,
      databaseUrl: null,
      dataDir: './data',
      gateways: new Map(),
      apiKeys: [],
      smtpUrl: null,
      mailFrom: 'Payhook <payhook@localhost>',
      messageChannels: null,
      httpChannel: null,
      mailLocale: 'en',
      operatorMail: null,
      silenceAfterHours: 6,
      alertSettleSeconds: 5,
      alertQuietSeconds: 900,
      alertMaxAgeHours: 72,
      alertsPerAddressPerHour: 5,
      dunningDays: [3, 7, 14],
      eventsRetentionDays: 30,
      reconcileEverySeconds: 3_600,
      paymentRetryUrl: null,
      logLevel: 'info',
      metricsPublic: false,
      maxUnverifiedBytes: 67_108_864,
      limits: {
        maxConnections: 10_000,
        maxHeaderCount: 100,
        maxHeaderBytes: 16_384,
        headersTimeoutSeconds: 15,
        requestTimeoutSeconds: 30,
        keepAliveSeconds: 75,
        refusalBurst: 300,
        refusalsPerSecond: 5,
        refusalsKept: 10_000,
        refusalBodyBytes: 0,
      },
      retentionDays: 90,
      payloadKeys: [],
      features: {},
      role: 'all',
      workers: 1,
      shutdownSeconds: 25,
    });
  });

  it('counts an empty text as unset, and leaves the variables of others alone', () => {
    expect(read({ PORT: '', WEBHOOK_SECRETS_NOBODY: '', PATH: '/bin', PLAIN_COLOUR: 'red' })).toEqual(
      read({}),
    );
  });

  it('cannot be changed', () => {
    const env = read({ WEBHOOK_SECRETS_PLAIN: 'a', API_KEYS: 'ops:key', TRUST_PROXY: '10.0.0.1' });
    const account = env.gateways.get('plain')?.get('default');
    const parts = [
      env,
      env.apiKeys,
      env.apiKeys[0],
      env.trustProxy,
      account,
      account?.secrets,
      account?.settings,
    ];
    expect(parts.every((part) => part !== undefined && Object.isFrozen(part))).toBe(true);
    expect(read({}, { sandbox: { secrets: new Map(), apiKey: 'x' } }).apiKeys.every(Object.isFrozen)).toBe(
      true,
    );
  });
});

describe('a single variable', () => {
  it.each([
    ['PORT', '0', { port: 0 }],
    ['PORT', '65535', { port: 65_535 }],
    ['HOST', '::1', { host: '::1' }],
    ['HOST', 'localhost', { host: 'localhost' }],
    ['TRUST_PROXY', '0', { trustProxy: false }],
    ['TRUST_PROXY', '2', { trustProxy: 2 }],
    ['TRUST_PROXY', '10.0.0.0/8, ::1', { trustProxy: ['10.0.0.0/8', '::1'] }],
    ['DATABASE_URL', 'postgresql://u:p%40@db:5432/x', { databaseUrl: 'postgresql://u:p%40@db:5432/x' }],
    ['DATABASE_URL', 'postgres:///x?host=/run/pg', { databaseUrl: 'postgres:///x?host=/run/pg' }],
    ['DATA_DIR', '/srv/pay hook', { dataDir: '/srv/pay hook' }],
    [
      'API_KEYS',
      'a:k1,b:k2:read,c:k3:checkout',
      { apiKeys: [role('a', 'k1', 'operate'), role('b', 'k2', 'read'), role('c', 'k3', 'checkout')] },
    ],
    ['SMTP_ALLOW_PLAINTEXT', '1', {}],
    ['MAIL_FROM', 'a@b.example', { mailFrom: 'a@b.example' }],
    ['MAIL_FROM', '"Shop, Ltd" <a@b.example>', { mailFrom: '"Shop, Ltd" <a@b.example>' }],
    ['MAIL_LOCALE', 'de-ch', { mailLocale: 'de-CH' }],
    ['ALERT_SETTLE_SECONDS', '0', { alertSettleSeconds: 0 }],
    ['ALERT_QUIET_SECONDS', '60', { alertQuietSeconds: 60 }],
    ['ALERT_MAX_AGE_HOURS', '1000000', { alertMaxAgeHours: 1_000_000 }],
    ['ALERTS_PER_ADDRESS_PER_HOUR', '0', { alertsPerAddressPerHour: 0 }],
    ['DUNNING_DAYS', '0.5, 3,7.25', { dunningDays: [0.5, 3, 7.25] }],
    ['RECONCILE_EVERY', '0', { reconcileEverySeconds: 0 }],
    ['RECONCILE_EVERY', 'off', { reconcileEverySeconds: 0 }],
    ['RECONCILE_EVERY', '90s', { reconcileEverySeconds: 90 }],
    ['RECONCILE_EVERY', '30m', { reconcileEverySeconds: 1_800 }],
    ['RECONCILE_EVERY', '365d', { reconcileEverySeconds: 31_536_000 }],
    [
      'PAYMENT_RETRY_URL',
      'https://s.example/{orderId}?g={gateway}',
      retry('https://s.example/{orderId}?g={gateway}'),
    ],
    ['PAYMENT_RETRY_URL', 'http://localhost:8080/#{paymentId}', retry('http://localhost:8080/#{paymentId}')],
    ['OPERATOR_MAIL', 'ops+pay@shop.example', { operatorMail: 'ops+pay@shop.example' }],
    ['SILENCE_AFTER_HOURS', '1.5', { silenceAfterHours: 1.5 }],
    ['SILENCE_AFTER_HOURS', '0.0005', { silenceAfterHours: 0.0005 }],
    ['LOG_LEVEL', 'silent', { logLevel: 'silent' }],
    ['METRICS_PUBLIC', '1', { metricsPublic: true }],
    ['METRICS_PUBLIC', 'false', { metricsPublic: false }],
    ['RETENTION_DAYS', '30', { retentionDays: 30 }],
    ['PAYLOAD_KEYS', `${'A'.repeat(43)}=`, { payloadKeys: [`${'A'.repeat(43)}=`] }],
    ['MAX_UNVERIFIED_BYTES', '1024', { maxUnverifiedBytes: 1024 }],
    ['MAX_CONNECTIONS', '50', { limits: expect.objectContaining({ maxConnections: 50 }) }],
    ['MAX_HEADER_COUNT', '40', { limits: expect.objectContaining({ maxHeaderCount: 40 }) }],
    ['MAX_HEADER_BYTES', '8192', { limits: expect.objectContaining({ maxHeaderBytes: 8192 }) }],
    ['HEADERS_TIMEOUT_SECONDS', '2', { limits: expect.objectContaining({ headersTimeoutSeconds: 2 }) }],
    ['REQUEST_TIMEOUT_SECONDS', '3', { limits: expect.objectContaining({ requestTimeoutSeconds: 3 }) }],
    ['KEEP_ALIVE_SECONDS', '5', { limits: expect.objectContaining({ keepAliveSeconds: 5 }) }],
    ['SHUTDOWN_SECONDS', '9', { shutdownSeconds: 9 }],
    ['REFUSAL_BURST', '9', { limits: expect.objectContaining({ refusalBurst: 9 }) }],
    ['REFUSALS_PER_SECOND', '7', { limits: expect.objectContaining({ refusalsPerSecond: 7 }) }],
    ['REFUSALS_KEPT', '0', { limits: expect.objectContaining({ refusalsKept: 0 }) }],
    ['REFUSAL_BODY_BYTES', '4096', { limits: expect.objectContaining({ refusalBodyBytes: 4096 }) }],
    ['ROLE', 'all', { role: 'all' }],
    ['WORKERS', '4', { workers: 4 }],
    ['NODE_ENV', 'test', { production: false, sandbox: true }],
  ])('%s=%s is taken', (name, text, expected) => {
    expect(read({ [name]: text })).toMatchObject(expected);
  });

  it.each([
    ['PORT', ['65536', '-1', '3e3', '0x50', ' 80', 'http', '080', '1.5']],
    ['HOST', ['localhost:3000', 'http://x', 'a b', '-x']],
    [
      'TRUST_PROXY',
      ['true', '100', '10.0.0.0/0', '10.0.0.0/33', '::/129', 'loopback', '10.0.0.1,', 'fe80::1%eth0'],
    ],
    ['DATABASE_URL', ['mysql://db/x', 'db:5432', 'postgres://u:p w@db/x', 'postgres:x']],
    ['DATA_DIR', [' ', 'a\0b', 'a\nb']],
    [
      'OPERATOR_MAIL',
      [
        'ops',
        'ops@shop',
        'Ops <ops@shop.example>',
        'a@b.example, c@d.example',
        'a@b.example\nBcc: c@d.example',
      ],
    ],
    ['SILENCE_AFTER_HOURS', ['0', '-1', '6h', '1e3', '0.00001', '.5', '1000000']],
    [
      'API_KEYS',
      [
        'just-a-key',
        ':k',
        'a:',
        'a:k:write',
        'a:k:Checkout',
        'a:k:read:x',
        'a:k,',
        'a:ké',
        'a b:k',
        'a:k,a:l',
        'a:k,b:k',
      ],
    ],
    ['SMTP_URL', ['http://mail', 'mail.example:25', 'smtp://', 'smtp:mail']],
    [
      'MAIL_FROM',
      ['nobody', 'a@b.example\r\nBcc: c@d.example', 'A <a@b>, B <c@d>', 'A <a@b', '<a@b> x', 'a@b@c'],
    ],
    ['MESSAGE_CHANNELS', ['mail,', 'Mail', 'mail,mail', 'mail;sms']],
    ['HTTP_CHANNEL_URL', ['shop.example', 'ftp://shop.example', 'https://u:p@shop.example']],
    [
      'HTTP_CHANNEL_SECRET',
      [
        'secret',
        'whsec_c2hvcnQ=',
        `${SIGNING},${SIGNING},${SIGNING}`,
        `${SIGNING},`,
        SIGNING.replace('=', ''),
      ],
    ],
    ['MAIL_LOCALE', ['en_US', 'english language', '-']],
    ['ALERT_SETTLE_SECONDS', ['-1', '1.5', 'soon', '1000000001']],
    ['ALERT_QUIET_SECONDS', ['-1', '15m']],
    ['ALERT_MAX_AGE_HOURS', ['-1', 'Infinity']],
    ['ALERTS_PER_ADDRESS_PER_HOUR', ['-1', '1.5', 'none']],
    [
      'DUNNING_DAYS',
      ['0', '3,3', '7,3', '3,,7', '3;7', '1,', 'none', Array.from({ length: 21 }, (_, at) => at + 1).join()],
    ],
    ['RECONCILE_EVERY', ['60', '0s', '-1h', '1.5h', '366d', '1w', 'h']],
    ['PAYMENT_RETRY_URL', ['http://shop.example/', 'javascript:alert(1)', '/pay', 'https://u:p@s.example/']],
    [
      'PAYMENT_RETRY_URL',
      ['https://s.example/{order}', 'https://s.example/{orderId', 'https://{account}.example/'],
    ],
    [
      'PAYMENT_RETRY_URL',
      ['https://s.example/{orderId} x', 'https://s.example\\@evil.example/', 'http://localhost.x/'],
    ],
    ['LOG_LEVEL', ['INFO', 'verbose']],
    ['SMTP_ALLOW_PLAINTEXT', ['yes', 'TRUE', '2']],
    ['METRICS_PUBLIC', ['yes', 'TRUE', '2']],
    ['ALLOW_EMBEDDED', ['yes']],
    ['ALLOW_WEAK_SECRETS', ['yes']],
    ['RETENTION_DAYS', ['0', 'ever']],
    ['PAYLOAD_KEYS', ['short', `${'A'.repeat(43)}=,`, `${'A'.repeat(43)}=,${'A'.repeat(43)}=`]],
    ['MAX_UNVERIFIED_BYTES', ['0', '64MiB']],
    ['MAX_CONNECTIONS', ['0', 'all']],
    ['MAX_HEADER_COUNT', ['9', '2001']],
    ['MAX_HEADER_BYTES', ['1023', '16k']],
    ['HEADERS_TIMEOUT_SECONDS', ['0', '1.5']],
    ['REQUEST_TIMEOUT_SECONDS', ['0', '1h']],
    ['KEEP_ALIVE_SECONDS', ['0', '1m']],
    ['SHUTDOWN_SECONDS', ['0', 'soon']],
    ['REFUSAL_BURST', ['0']],
    ['REFUSALS_PER_SECOND', ['0']],
    ['REFUSALS_KEPT', ['-1', 'all']],
    ['REFUSAL_BODY_BYTES', ['4097']],
    ['ROLE', ['none', 'Worker', 'intake,worker', 'intake', 'worker']],
    ['WORKERS', ['0', 'all']],
    ['NODE_ENV', ['prod', 'Production', 'staging']],
  ])('%s refuses %j', (name, texts) => {
    for (const text of texts) {
      expect([text, faultsOf({ [name]: text })]).toEqual([
        text,
        [expect.stringMatching(`^${name} .*(must|may)`)],
      ]);
    }
  });
});

describe('a role', () => {
  it.each(['intake', 'worker'] as const)('%s needs a database that several processes can share', (role) => {
    const DATABASE_URL = 'postgres://db/payhook';
    expect(read({ ROLE: role, DATABASE_URL })).toMatchObject({ role });
    expect(read({ ROLE: role }, { hostDatabase: true })).toMatchObject({ role });
    const { DATABASE_URL: _unset, ...production } = PRODUCTION;
    for (const embedded of [{}, production, { ...production, ALLOW_EMBEDDED: '1' }])
      expect(faultsOf({ ...embedded, ROLE: role })).toEqual([
        expect.stringMatching('^ROLE must be all where DATABASE_URL is not set'),
      ]);
  });
});

describe('a mail server', () => {
  it('needs the address that writes to it', () => {
    expect(read(MAIL)).toMatchObject({ smtpUrl: MAIL.SMTP_URL, mailFrom: MAIL.MAIL_FROM });
    expect(faultsOf({ ...MAIL, MAIL_FROM: '' })).toEqual([
      expect.stringMatching('^MAIL_FROM must be set where SMTP_URL is'),
    ]);
    expect(faultsOf({ ...MAIL, SMTP_URL: '' })).toEqual([]);
  });
});

describe('the channel http', () => {
  const HTTP = {
    HTTP_CHANNEL_URL: 'http://receiver.internal/messages',
    HTTP_CHANNEL_SECRET: `${SIGNING}, ${SIGNING}`,
  };

  it('needs a URL and a secret where it is chosen', () => {
    const chosen = { ...HTTP, MESSAGE_CHANNELS: 'mail, http,carrier-pigeon' };
    expect(read({ ...PRODUCTION, ...chosen })).toMatchObject({
      messageChannels: ['mail', 'http', 'carrier-pigeon'],
      httpChannel: { url: HTTP.HTTP_CHANNEL_URL, secrets: [SIGNING, SIGNING] },
    });
    expect(read({})).toMatchObject({ messageChannels: null, httpChannel: null });
    for (const name of Object.keys(HTTP))
      expect(faultsOf({ ...chosen, [name]: '' })).toEqual([
        `${name} must be set where MESSAGE_CHANNELS names http`,
      ]);
  });
});

describe('the secrets of an account', () => {
  const secretsOf = (text: string) =>
    read({ WEBHOOK_SECRETS_PLAIN: text }).gateways.get('plain')?.get('default')?.secrets;

  it.each([
    ['one', ['one']],
    ['new, old', ['new', 'old']],
    ['["a,b","c"]', ['a,b', 'c']],
    [' [ "[x" ] ', ['[x']],
    ['1,2,3,4,5', ['1', '2', '3', '4', '5']],
  ])('%s is read newest first', (text, expected) => {
    expect(secretsOf(text)).toEqual(expected);
  });

  it.each([
    ['1,2,3,4,5,6', 'must hold at most 5 secrets'],
    ['a,,b', 'entry 2 must not be empty'],
    ['a,', 'entry 2 must not be empty'],
    [' ', 'entry 1 must not be empty'],
    ['["a"," "]', 'entry 2 must not be empty'],
    ['[]', 'must hold at least one secret'],
    ['a,b,a', 'entry 3 must not repeat an earlier entry'],
    ['["a",1]', 'must be comma-separated, or a JSON array of strings where it begins with ['],
    ['[a,b]', 'must be comma-separated, or a JSON array of strings where it begins with ['],
  ])('%s is refused', (text, sentence) => {
    expect(faultsOf({ WEBHOOK_SECRETS_PLAIN: text })).toEqual([`WEBHOOK_SECRETS_PLAIN ${sentence}`]);
  });

  it('are what the gateway says they are', () => {
    expect(faultsOf({ WEBHOOK_SECRETS_SIGNED: 'whsec_a,b' })).toEqual([
      'WEBHOOK_SECRETS_SIGNED entry 2 must start with whsec_',
    ]);
  });
});

describe('accounts', () => {
  it('are named after two underscores, each with values of its own', () => {
    const { gateways, sandbox } = read({
      WEBHOOK_SECRETS_ASKED: 'a',
      WEBHOOK_SECRETS_ASKED__SHOP2: 'b',
      WEBHOOK_SECRETS_ASKED__Shop_3__EU: 'c',
      ASKED_PUBLIC_KEY: 'pk_live_1',
      ASKED_API_URL: 'http://127.0.0.1:9000/v1',
      ASKED_PUBLIC_KEY__SHOP2: 'pk_test_2',
    });
    expect(sandbox).toBe(false);
    expect([...gateways.keys()]).toEqual(['asked']);
    expect([...(gateways.get('asked')?.values() ?? [])]).toEqual([
      {
        gateway: 'asked',
        account: 'default',
        secrets: ['a'],
        mode: 'live',
        settings: { PUBLIC_KEY: 'pk_live_1', API_URL: 'http://127.0.0.1:9000/v1' },
      },
      {
        gateway: 'asked',
        account: 'shop2',
        secrets: ['b'],
        mode: 'test',
        settings: { PUBLIC_KEY: 'pk_test_2' },
      },
      { gateway: 'asked', account: 'shop_3__eu', secrets: ['c'], mode: 'live', settings: {} },
    ]);
  });

  it.each([
    [{ WEBHOOK_SECRETS_PLAIN: 'x' }, 'live'],
    [{ WEBHOOK_SECRETS_PLAIN: 'x', WEBHOOK_MODE_PLAIN: 'test' }, 'test'],
    [{ WEBHOOK_SECRETS_ASKED: 'x', WEBHOOK_MODE_ASKED: 'test' }, 'test'],
    [{ WEBHOOK_SECRETS_ASKED: 'x', WEBHOOK_MODE_ASKED: 'live', ASKED_PUBLIC_KEY: 'pk_test_1' }, 'test'],
    [{ WEBHOOK_SECRETS_ASKED: 'x', WEBHOOK_MODE_ASKED: 'test', ASKED_PUBLIC_KEY: 'pk_live_1' }, 'live'],
  ])('%j is %s', (environment, mode) => {
    const [accounts] = read(environment).gateways.values();
    expect(accounts?.get('default')?.mode).toBe(mode);
  });

  it('leaves the variables of other programs alone where they share a prefix with a gateway', () => {
    const shared = { name: 'shared', settings: { KEY: { kind: 'text' } }, sharesPrefix: true } as const;
    expect(targetOfVariable('SHARED_PRICE_ID', [shared])).toBeNull();
    expect(targetOfVariable('SHARED_KEY__SHOP2', [shared])).toMatchObject({ account: 'shop2', part: 'KEY' });
  });

  it.each([
    ['WEBHOOK_SECRETS_NOBODY', 'names no gateway'],
    ['WEBHOOK_SECRETS_PLAIN_SHOP2', 'names no gateway'],
    ['WEBHOOK_SECRETS_plain', 'names no gateway'],
    ['WEBHOOK_SECRET_PLAIN', 'names no gateway'],
    ['WEBHOOK_MODE_NOBODY__A', 'names no gateway'],
    ['WEBHOOK_TIMEOUT', 'names no gateway'],
    ['ASKED_FOO', 'names no setting of asked: those are ASKED_PUBLIC_KEY, ASKED_SECRET_KEY, ASKED_API_URL'],
    ['ASKED_PUBLIC_KEY_SHOP2', 'names no setting of asked'],
    ['WEBHOOK_SECRETS_PLAIN__', 'must name an account'],
    ['WEBHOOK_SECRETS_PLAIN__SHOP-2', 'must name an account'],
    [`WEBHOOK_SECRETS_PLAIN__${'A'.repeat(41)}`, 'must name an account'],
    ['WEBHOOK_SECRETS_PLAIN__DEFAULT', 'must not be set beside WEBHOOK_SECRETS_PLAIN'],
    ['WEBHOOK_MODE_PLAIN', 'must be one of live, test'],
    ['WEBHOOK_MODE_PLAIN__SHOP2', 'must be one of live, test'],
    ['ASKED_API_URL', 'must be a URL that starts with https:// or http://'],
  ])('%s is a fault', (name, sentence) => {
    const faults = faultsOf({
      WEBHOOK_SECRETS_PLAIN: 'a',
      WEBHOOK_SECRETS_PLAIN__SHOP2: 'b',
      [name]: 'ftp://x',
    });
    expect(faults).toEqual([expect.stringContaining(`${name} ${sentence}`)]);
  });

  it('without secrets can have no mode, and but for the default one no settings', () => {
    const others = { WEBHOOK_SECRETS_PLAIN: 'a', ASKED_PUBLIC_KEY: 'pk' };
    expect(faultsOf({ ...others, WEBHOOK_MODE_SIGNED: 'test', ASKED_SECRET_KEY__SHPO: 'sk' })).toEqual([
      'WEBHOOK_MODE_SIGNED needs WEBHOOK_SECRETS_SIGNED: the account default has no secrets',
      'ASKED_SECRET_KEY__SHPO needs WEBHOOK_SECRETS_ASKED__SHPO: the account shpo has no secrets',
    ]);
    expect(faultsOf(others)).toEqual([]);
  });
});

describe('.env', () => {
  it('gives way to the environment, also where that sets a variable to nothing', () => {
    const envFile = { PORT: '4000', HOST: '0.0.0.0', LOG_LEVEL: 'debug' };
    expect(read({ PORT: '5000', LOG_LEVEL: '', HOST: undefined }, { envFile })).toMatchObject({
      port: 5000,
      host: '0.0.0.0',
      logLevel: 'info',
    });
  });

  it('may hold nothing that we do not know, not even empty', () => {
    const envFile = {
      PROT: '80',
      NODE_OPTIONS: '',
      WEBHOOK_SECRETS_NOBODY: '',
      ASKED_FOO: 'x',
      c2VjcmV0: '=',
    };
    expect(faultsOf({}, { envFile })).toEqual([
      expect.stringMatching('^ASKED_FOO names no setting'),
      'PROT in .env is no variable of this service',
      'NODE_OPTIONS in .env is no variable of this service',
      expect.stringMatching('^WEBHOOK_SECRETS_NOBODY names no gateway'),
      'A key that is not spelt like a variable in .env is no variable of this service',
    ]);
  });
});

describe('production', () => {
  it('takes a whole configuration', () => {
    expect(read(PRODUCTION)).toMatchObject({
      production: true,
      sandbox: false,
    });
    expect(faultsOf({ ...PRODUCTION, DATABASE_URL: '', ALLOW_EMBEDDED: '1' })).toEqual([]);
  });

  it.each([
    [
      { WEBHOOK_SECRETS_PLAIN: '' },
      'WEBHOOK_SECRETS_* must be set for at least one gateway: production has no sandbox',
    ],
    [{ DATABASE_URL: '' }, 'DATABASE_URL must be set in production, or ALLOW_EMBEDDED=1'],
    [{ DATABASE_URL: '', ALLOW_EMBEDDED: '0' }, 'DATABASE_URL must be set in production'],
    [
      { API_KEYS: `a:${KEY},b:${'k'.repeat(31)}` },
      'API_KEYS entry 2 must hold a key of 32 characters or more',
    ],
    [{ API_KEYS: '' }, 'API_KEYS must be set in production'],
    [{ WEBHOOK_SECRETS_PLAIN: 'fifteen-letters' }, 'entry 1 must have 16 characters or more in production'],
    [
      { WEBHOOK_SECRETS_PLAIN__SHOP2: 'a-secret-of-enough-length,short' },
      'WEBHOOK_SECRETS_PLAIN__SHOP2 entry 2 must have 16 characters or more in production',
    ],
    [{ PAYMENT_RETRY_URL: 'http://localhost/{orderId}' }, 'PAYMENT_RETRY_URL must be an https:// URL'],
    [
      { WEBHOOK_SECRETS_PLAIN: 'replace-me-with-a-secret' },
      'WEBHOOK_SECRETS_PLAIN still holds the value of .env.example',
    ],
  ])('refuses %j', (change, sentence) => {
    expect(faultsOf({ ...PRODUCTION, ...change })).toEqual([expect.stringContaining(sentence)]);
  });

  it.each([
    'smtps://u:p@mail.example:465',
    'smtp://mail.example:587?requireTLS=true',
    'smtp://localhost:1025',
    'smtp://127.0.0.1:1025',
    'smtp://[::1]:1025',
  ])('sends mails to %s', (SMTP_URL) => {
    expect(faultsOf({ ...PRODUCTION, ...MAIL, SMTP_URL })).toEqual([]);
  });

  it.each([
    'smtp://u:p@mail.example:587',
    'smtp://mail.example:587?requireTLS=false',
    'smtp://mail.example:587?secure=true',
    'smtp://mail.example:587?requireTLS=true&tls.rejectUnauthorized=false',
    'smtps://mail.example?tls.rejectUnauthorized=false',
    'smtp://127.0.0.1.mail.example',
    'smtp://localhost.mail.example',
  ])('sends no mail readable over the network, unless told to: %s', (SMTP_URL) => {
    const plain = { ...PRODUCTION, ...MAIL, SMTP_URL };
    expect(faultsOf(plain)).toEqual([expect.stringContaining('SMTP_ALLOW_PLAINTEXT=1 allows it')]);
    expect(faultsOf({ ...plain, SMTP_ALLOW_PLAINTEXT: '1' })).toEqual([]);
    expect(faultsOf({ ...plain, NODE_ENV: 'development' })).toEqual([]);
  });

  it.each(['', '__SHOP2'])('takes short secrets where it must: %s', (account) => {
    const short = { ...PRODUCTION, ALLOW_WEAK_SECRETS: '1', [`WEBHOOK_SECRETS_PLAIN${account}`]: 'short' };
    expect(faultsOf(short)).toEqual([]);
    expect(faultsOf({ ...short, ALLOW_WEAK_SECRETS: '0' })).toHaveLength(1);
    expect(faultsOf({ ...short, ALLOW_WEAK_SECRETS: '', NODE_ENV: 'development' })).toEqual([]);
  });

  it.each([
    ['sk_live_51KabcDEF0123456789', 'a secret API key'],
    ['sk_test_51KabcDEF0123456789', 'a secret API key'],
    ['rk_live_51KabcDEF0123456789', 'a secret API key'],
    ['pk_live_51KabcDEF0123456789', 'a public API key'],
    ['we_1NyCMvKabcDEF0123456789', 'the id of a webhook endpoint'],
    ['rzp_live_abcDEF0123456789', 'the id of an API key'],
  ])('takes nothing that was copied from the wrong place: %s', (secret, what) => {
    const typed = { ...PRODUCTION, WEBHOOK_SECRETS_PLAIN: `a-secret-of-enough-length,${secret}` };
    const sentence = `WEBHOOK_SECRETS_PLAIN entry 2 must be the webhook's signing secret; this is ${what}`;
    expect(faultsOf(typed)).toEqual([sentence]);
    expect(faultsOf({ ...typed, ALLOW_WEAK_SECRETS: '1' })).toEqual([sentence]);
    expect(faultsOf({ ...typed, NODE_ENV: 'development' })).toEqual([]);
  });

  it.each(['we_love_our_customers', 'sk_live', 'my-sk_live_secret-12345', 'whsec_0123456789abcdef'])(
    'takes a secret that only looks like it: %s',
    (secret) => {
      const typed = { ...PRODUCTION, WEBHOOK_SECRETS_PLAIN: secret, ALLOW_WEAK_SECRETS: '1' };
      expect(faultsOf(typed)).toEqual([]);
    },
  );

  it.each([
    'http://api.gateway.example/v1',
    'http://10.0.0.1/',
    'http://localhost.example/',
    'http://[::2]/',
  ])('asks no gateway readable over the network: %s', (url) => {
    for (const account of ['', '__SHOP2']) {
      const secrets = { [`WEBHOOK_SECRETS_ASKED${account}`]: 'a-secret-of-enough-length' };
      const asking = { ...PRODUCTION, ...secrets, [`ASKED_API_URL${account}`]: url };
      expect(faultsOf(asking)).toEqual([
        expect.stringMatching(`^ASKED_API_URL${account} must be https:// in production`),
      ]);
      expect(faultsOf({ ...asking, NODE_ENV: 'test' })).toEqual([]);
    }
  });

  it.each(['https://api.gateway.example/v1', 'http://127.0.0.1:4000/', 'http://localhost/', 'http://[::1]/'])(
    'asks a gateway at %s',
    (url) => expect(faultsOf({ ...PRODUCTION, WEBHOOK_SECRETS_ASKED: KEY, ASKED_API_URL: url })).toEqual([]),
  );

  it('tells all of it at once', () => {
    const faults = faultsOf({
      NODE_ENV: 'production',
      DATABASE_URL: '',
      WEBHOOK_SECRETS_PLAIN: 'short,sk_live_51KabcDEF0123456789',
      WEBHOOK_SECRETS_ASKED: 'short',
      ASKED_API_URL: 'http://api.gateway.example',
      PORT: 'x',
    });
    expect(faults.map((fault) => fault.split(' ')[0]).toSorted()).toEqual([
      ...['API_KEYS', 'ASKED_API_URL', 'DATABASE_URL', 'PORT'],
      ...['WEBHOOK_SECRETS_ASKED', 'WEBHOOK_SECRETS_PLAIN', 'WEBHOOK_SECRETS_PLAIN'],
    ]);
    expect(faults.join('\n')).not.toMatch(/short,|sk_live|api\.gateway/);
  });

  it('takes nothing from the sandbox', () => {
    const sandbox = { secrets: new Map([['plain', 'made']]), apiKey: 'made' };
    expect(read(PRODUCTION, { sandbox })).toEqual(read(PRODUCTION));
  });
});

describe('the sandbox', () => {
  const sandbox = {
    secrets: new Map([
      ['signed', 'whsec_made'],
      ['plain', 'made'],
      ['asked', 'token'],
    ]),
    apiKey: 'sandbox_made',
  };

  it('opens every gateway in test mode, with settings that are set', () => {
    const env = read({ ASKED_PUBLIC_KEY: 'pk_live_1' }, { sandbox });
    expect([...env.gateways.keys()]).toEqual(['signed', 'plain', 'asked']);
    expect(env.gateways.get('asked')?.get('default')).toEqual({
      gateway: 'asked',
      account: 'default',
      secrets: ['token'],
      mode: 'test',
      settings: { PUBLIC_KEY: 'pk_live_1' },
    });
    expect(env.apiKeys).toEqual([role('sandbox', 'sandbox_made', 'operate')]);
  });

  it('leaves API_KEYS as they are set', () => {
    expect(read({ API_KEYS: 'ops:key' }, { sandbox }).apiKeys).toEqual([role('ops', 'key', 'operate')]);
  });

  it('is left for good by one secret', () => {
    const env = read({ WEBHOOK_SECRETS_PLAIN: 'x' }, { sandbox });
    expect([env.sandbox, [...env.gateways.keys()], env.apiKeys]).toEqual([false, ['plain'], []]);
  });

  it('is never live, and takes no secret that its gateway refuses', () => {
    const bad = { ...sandbox, secrets: new Map([['signed', 'edited']]) };
    expect(faultsOf({ WEBHOOK_MODE_PLAIN: 'live' }, { sandbox: bad })).toEqual([
      'The secret of signed in sandbox.json must start with whsec_',
      expect.stringMatching('^WEBHOOK_MODE_PLAIN must be test while no WEBHOOK_SECRETS_'),
    ]);
    expect(faultsOf({ WEBHOOK_MODE_PLAIN: 'test' }, { sandbox })).toEqual([]);
  });
});

describe('the message', () => {
  const canary = 'CANARY-7f3a';
  const wrong = {
    NODE_ENV: 'production',
    PORT: canary,
    DATABASE_URL: `mysql://${canary}`,
    API_KEYS: `${canary},x:${canary}:write,y:${canary}`,
    SMTP_URL: `http://${canary}`,
    PAYMENT_RETRY_URL: `https://${canary}{x}`,
    PAYLOAD_KEYS: canary,
    WEBHOOK_SECRETS_SIGNED: `${canary},whsec_${canary},whsec_${canary}`,
    WEBHOOK_SECRETS_PLAIN: `["${canary}`,
    WEBHOOK_SECRETS_NOBODY: canary,
    WEBHOOK_MODE_PLAIN: canary,
    ASKED_FOO: canary,
    ASKED_API_URL: `ftp://${canary}`,
    ASKED_SECRET_KEY__SHOP: `${canary}\n`,
  };

  it('lists every fault at once, a line each, and no value', () => {
    expect.assertions(4 + Object.keys(wrong).length);
    try {
      read(wrong, { envFile: { PROT: canary } });
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
      const lines = error.message.split('\n');
      expect(lines[0]).toBe(`${error.faults.length} faults in the configuration:`);
      expect(lines.slice(1)).toEqual(error.faults.map((fault) => `  - ${fault}`));
      for (const name of Object.keys(wrong).filter((each) => each !== 'NODE_ENV')) {
        expect([name, error.faults.some((fault) => fault.startsWith(`${name} `))]).toEqual([name, true]);
      }
      expect(error.faults).toContain('PROT in .env is no variable of this service');
      expect(error.message).not.toContain(canary);
      expect(error.cause).toBeUndefined();
    }
  });
});

function role(name: string, key: string, role: ApiRole) {
  return { name, key, role };
}

function retry(paymentRetryUrl: string) {
  return { paymentRetryUrl };
}

describe('the settings that gateways declare', () => {
  const gateway = (name: string, settings: ConfigurableGateway['settings'] = {}): ConfigurableGateway => ({
    name,
    settings,
  });
  const acme = gateway('acme', {
    HOOK_URL: { kind: 'url', required: true },
    CAPTURE: { kind: 'oneOf', oneOf: ['manual', 'automatic'], default: 'manual' },
  });
  const readWith = (gateways: readonly ConfigurableGateway[], environment: Record<string, string>) => {
    try {
      return readEnv({ environment }, gateways).gateways.get('acme')?.get('default')?.settings;
    } catch (error) {
      if (error instanceof ConfigurationError) return error.faults;
      throw error;
    }
  };
  const SECRET = { WEBHOOK_SECRETS_ACME: 's' };
  const URL_SET = { ACME_HOOK_URL: 'https://shop.example/hook' };

  it('have the default where they are not set', () => {
    expect(readWith([acme], { ...SECRET, ...URL_SET })).toEqual({
      HOOK_URL: URL_SET.ACME_HOOK_URL,
      CAPTURE: 'manual',
    });
    expect(readWith([acme], { ...SECRET, ...URL_SET, ACME_CAPTURE: 'automatic' })).toMatchObject({
      CAPTURE: 'automatic',
    });
  });

  it('stop the start where a required one is missing, or one is none of its words', () => {
    expect(readWith([acme], SECRET)).toEqual([
      'ACME_HOOK_URL must be set: the account default of acme does not work without it',
    ]);
    expect(readWith([acme], { ...SECRET, ...URL_SET, ACME_CAPTURE: 'auto' })).toEqual([
      'ACME_CAPTURE must be one of manual, automatic',
    ]);
    expect(readWith([acme], { ...SECRET, ACME_HOOK_URL: 'shop.example' })).toHaveLength(1);
    expect(readWith([acme], { ...SECRET, ...URL_SET, WEBHOOK_SECRETS_ACME__SHOP2: 't' })).toEqual([
      'ACME_HOOK_URL__SHOP2 must be set: the account shop2 of acme does not work without it',
    ]);
  });

  it('stop the start where one is set without the one that it needs', () => {
    const keyed = gateway('acme', {
      KEY_ID: { kind: 'text', needs: 'KEY_SECRET' },
      KEY_SECRET: { kind: 'text', secret: true, needs: 'KEY_ID' },
    });
    const both = { ACME_KEY_ID: 'a', ACME_KEY_SECRET: 'b' };
    expect(readWith([keyed], { ...SECRET, ...both })).toEqual({ KEY_ID: 'a', KEY_SECRET: 'b' });
    expect(readWith([keyed], SECRET)).toEqual({});
    expect(readWith([keyed], { ...SECRET, ...both, ACME_KEY_SECRET: '' })).toEqual([
      'ACME_KEY_ID needs ACME_KEY_SECRET: set both or neither',
    ]);
    expect(readWith([keyed], { ...SECRET, WEBHOOK_SECRETS_ACME__B: 't', ACME_KEY_SECRET__B: 'b' })).toEqual([
      'ACME_KEY_SECRET__B needs ACME_KEY_ID__B: set both or neither',
    ]);
  });

  it('stop the start where two accounts ask the gateway with the same key', () => {
    const asked = {
      ...gateway('acme', {
        KEY_ID: { kind: 'text' },
        KEY_SECRET: { kind: 'text', secret: true },
        API_URL: { kind: 'url' },
      }),
      neededToAsk: ['KEY_ID', 'KEY_SECRET'],
    };
    const two = { ...SECRET, WEBHOOK_SECRETS_ACME__B: 't', ACME_KEY_ID: 'a', ACME_KEY_SECRET: 'x' };
    const alike = { ...two, ACME_KEY_ID__B: 'a', ACME_KEY_SECRET__B: 'x' };
    expect(readWith([asked], alike)).toEqual([
      'ACME_KEY_ID__B must not be the API key of the account default: its payments would be taken in once for each account',
    ]);
    expect(readWith([asked], { ...alike, ACME_KEY_SECRET__B: 'y' })).toEqual({
      KEY_ID: 'a',
      KEY_SECRET: 'x',
    });
    expect(readWith([asked], { ...alike, ACME_API_URL__B: 'https://b.example' })).toMatchObject({
      KEY_ID: 'a',
    });
    expect(readWith([asked], two)).toEqual({ KEY_ID: 'a', KEY_SECRET: 'x' });
  });

  it('leave alone what other programs read, where a gateway says that they do', () => {
    const others = { ...SECRET, ...URL_SET, ACME_PUBLISHABLE_KEY: 'pk' };
    expect(readWith([acme], others)).toEqual([
      'ACME_PUBLISHABLE_KEY names no setting of acme: those are ACME_HOOK_URL, ACME_CAPTURE',
    ]);
    expect(readWith([{ ...acme, sharesPrefix: true }], others)).toMatchObject({ CAPTURE: 'manual' });
  });

  it.each(['Acme', 'acme-pay', '1acme', 'acme__pay', '', 'a'.repeat(32)])(
    'belong to no gateway named %j',
    (name) => {
      expect(readWith([gateway(name)], {})).toEqual([
        `The gateway ${JSON.stringify(name)} must have a name of 1 to 31 lower-case letters, digits and single underscores that begins with a letter`,
      ]);
    },
  );

  it('belong to gateways that are registered once, under names that variables can have', () => {
    expect(readWith([acme, acme], { ...SECRET, ...URL_SET })).toContain(
      'The gateway acme must be registered once',
    );
    const wrong = {
      'api-key': { kind: 'text' },
      WORD: { kind: 'oneOf', oneOf: ['a'], default: 'b' },
    } as const;
    expect(readWith([gateway('acme', wrong)], {})).toHaveLength(2);
  });
});

describe('a choice of words that a feature declares', () => {
  const features: readonly ConfigurableFeature[] = [
    {
      name: 'post',
      settings: { LETTERS: { kind: 'words', words: ['a', 'b', 'c'], byGateway: true, default: ['a'] } },
    },
  ];
  const gateways: readonly ConfigurableGateway[] = [{ name: 'acme' }, { name: 'blue_pay' }];
  const readWith = (environment: Record<string, string>, envFile: Record<string, string> = {}) => {
    try {
      return readEnv({ environment, envFile }, gateways, features).features;
    } catch (error) {
      if (error instanceof ConfigurationError) return error.faults;
      throw error;
    }
  };

  it('is the default, some of the words, or none; and another one for a gateway', () => {
    expect(readWith({})).toEqual({ LETTERS: ['a'] });
    expect(readWith({ LETTERS: 'c, a' })).toEqual({ LETTERS: ['c', 'a'] });
    expect(readWith({ LETTERS: 'none', LETTERS_ACME: 'b' }, { LETTERS_BLUE_PAY: 'none' })).toEqual({
      ...{ LETTERS: [], LETTERS_ACME: ['b'], LETTERS_BLUE_PAY: [] },
    });
  });

  it('is a fault with a word that is unknown or twice, and for a gateway that nobody knows', () => {
    const WORDS = 'must be none, or comma-separated words, each once, of a, b, c';
    for (const text of ['d', 'a,a', 'a,', 'a,none', 'A', 'all'])
      expect(readWith({ LETTERS: text, LETTERS_ACME: text })).toEqual([
        `LETTERS ${WORDS}`,
        `LETTERS_ACME ${WORDS}`,
      ]);
    const names = 'the variables are LETTERS, LETTERS_ACME, LETTERS_BLUE_PAY';
    expect(readWith({ LETTERS_NOBODY: 'a' })).toEqual([`LETTERS_NOBODY names no gateway: ${names}`]);
    expect(readWith({}, { LETTERS_BLUE: 'a', LETTERS: 'x' })).toEqual([
      `LETTERS ${WORDS}`,
      `LETTERS_BLUE names no gateway: ${names}`,
    ]);
  });
});
