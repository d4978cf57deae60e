import { Test } from '@nestjs/testing';
import type { ModuleMetadata } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { AddressInfo } from 'node:net';
import { AppModule } from '../../src/app.module.js';
import { features } from '../../src/app/features.js';
import { APP_OPTIONS, createHttpAdapter, configureApp } from '../../src/app/configure-app.js';
import { ENV } from '../../src/platform/config/config.module.js';
import { readEnv } from '../../src/platform/config/read-env.js';
import {
  DEFAULT_LEASES,
  LEASES,
  RETRY_POLICY,
  type Leases,
  type RetryPolicy,
} from '../../src/platform/jobs/index.js';
import { GATEWAYS, gateways as shippedGateways, type Gateway } from '../../src/webhooks/gateways/index.js';
import { DEFAULT_LANES, LANES } from '../../src/webhooks/processing/lanes.js';
import {
  DEFAULT_RECONCILIATION_LIMITS,
  RECONCILIATION_LIMITS,
  type ReconciliationLimits,
} from '../../src/webhooks/reconciliation/limits.js';
import { createTestDatabase } from './test-database.js';

export const API_KEY = 'test-key-of-more-than-thirty-two-characters';
export const READ_KEY = 'read-key-of-more-than-thirty-two-characters';
export const CHECKOUT_KEY = 'checkout-key-of-more-than-thirty-two-characters';

export const SECRETS = {
  stripe: 'whsec_test_stripe_0123456789abcdef',
  razorpay: 'razorpay-webhook-secret',
  standard: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  ippopay: 'ippopay-token-0123456789-0123456789-abc',
} as const;

/** Counting takes 10 ms of CPU, which the work that is waited for needs as well. */
export const QUIET_PAUSE_MS = 50;

/** Retries in milliseconds, so that a test sees the end of them. */
const FAST: RetryPolicy = { baseMs: 5, capMs: 20, maxAttempts: 4 };

interface Options {
  environment?: Record<string, string>;
  gateways?: readonly Gateway[];
  imports?: ModuleMetadata['imports'];
  /** An existing database; without one the app gets its own, and drops it when it closes. */
  databaseUrl?: string;
  retry?: RetryPolicy;
  leases?: Leases;
  /** How many batches of deliveries are under way at a time; as shipped where it is left out. */
  lanes?: number;
  /** What a reconciliation may take, and its clock; as shipped where it is left out. */
  reconciliation?: Partial<ReconciliationLimits>;
}

export interface TestApp {
  url: string;
  app: NestExpressApplication;
  databaseUrl: string;
  /** GET with the operator's key, as JSON. */
  get<T = Json>(path: string): Promise<T>;
  post(path: string, init?: RequestInit): Promise<Response>;
  /** Resolves when nothing is pending any more. */
  quiet(): Promise<void>;
  close(): Promise<void>;
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- answers are read by the tests that know them
export type Json = any;

/** Boots the application that ships, listening on a free port, on a database of its own. */
export async function startTestApp(options: Options = {}): Promise<TestApp> {
  const own = options.databaseUrl === undefined ? await createTestDatabase() : null;
  const databaseUrl = options.databaseUrl ?? own?.url ?? '';
  const gateways = options.gateways ?? shippedGateways;
  const environment = {
    NODE_ENV: 'test',
    DATABASE_URL: databaseUrl,
    API_KEYS: `ops:${API_KEY},viewer:${READ_KEY}:read,shop:${CHECKOUT_KEY}:checkout`,
    WEBHOOK_SECRETS_STRIPE: SECRETS.stripe,
    WEBHOOK_SECRETS_RAZORPAY: SECRETS.razorpay,
    WEBHOOK_SECRETS_STANDARD: SECRETS.standard,
    WEBHOOK_SECRETS_IPPOPAY: SECRETS.ippopay,
    ALERT_SETTLE_SECONDS: '0',
    ...(options.environment?.SMTP_URL && { MAIL_FROM: 'Shop <pay@shop.example>' }),
    ...options.environment,
  };
  const module = await Test.createTestingModule({ imports: [AppModule, ...(options.imports ?? [])] })
    .overrideProvider(ENV)
    .useValue(readEnv({ environment }, gateways, features))
    .overrideProvider(GATEWAYS)
    .useValue(gateways)
    .overrideProvider(RETRY_POLICY)
    .useValue(options.retry ?? FAST)
    .overrideProvider(LEASES)
    .useValue(options.leases ?? DEFAULT_LEASES)
    .overrideProvider(LANES)
    .useValue(options.lanes ?? DEFAULT_LANES)
    .overrideProvider(RECONCILIATION_LIMITS)
    .useValue({ ...DEFAULT_RECONCILIATION_LIMITS, ...options.reconciliation })
    .compile();
  const app = module.createNestApplication<NestExpressApplication>(createHttpAdapter(), {
    ...APP_OPTIONS,
    logger: false,
  });
  configureApp(app);
  await app.listen(0, '127.0.0.1');
  const url = `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}`;
  const headers = { authorization: `Bearer ${API_KEY}` };
  const get = async <T>(path: string): Promise<T> => {
    const response = await fetch(url + path, { headers });
    if (!response.ok) throw new Error(`GET ${path} answered ${response.status}`);
    return (await response.json()) as T;
  };
  return {
    url,
    app,
    databaseUrl,
    get,
    post: (path, init) => fetch(url + path, { method: 'POST', headers, ...init }),
    quiet: async () => {
      await until(
        async () => (await get<{ quiet: boolean }>('/stats')).quiet,
        'nothing to be pending',
        60_000,
        QUIET_PAUSE_MS,
      );
    },
    close: async () => {
      await app.close();
      await own?.drop();
    },
  };
}

/**
 * Asks again until the answer is truthy; a test that waits in vain says what for. The default deadline holds on a machine
 * that is four times slower than usual, and costs nothing where the answer comes earlier.
 */
export async function until<T>(
  ask: () => Promise<T> | T,
  what = 'the condition',
  withinMs = 30_000,
  pauseMs = 15,
): Promise<T> {
  const end = Date.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() > end) throw new Error(`waited ${withinMs} ms for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}
