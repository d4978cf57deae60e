import { type DynamicModule, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { APP_OPTIONS, configureApp, createHttpAdapter } from '../app/configure-app.js';
import type { Extensions } from '../app/extensions.js';
import { serviceModule } from '../app/service.module.js';
import { HOST_CONFIGURATION } from '../platform/config/config.module.js';
import { startTestDatabase } from './test-database.js';
import { until } from './until.js';

export interface TestPayhookOptions extends Extensions {
  /** Variables of `.env.example`, by name. Alerts go out at once where they do not say otherwise. */
  readonly settings?: Readonly<Record<string, string>>;
  /** An empty database, or one that Payhook migrated; left out, it gets a server of its own. */
  readonly databaseUrl?: string;
}

/** The service that ships, in this process, listening on a free port of the loopback. */
export interface TestPayhook {
  readonly url: string;
  /** GET of the read API with a key that may do everything; rejects for any status but 2xx. */
  get<T>(path: string): Promise<T>;
  /** POST with that key. */
  post(path: string, init?: RequestInit): Promise<Response>;
  /** Resolves when nothing is pending: every message is processed, every handler has run. */
  quiet(): Promise<void>;
  /** Any provider of the application. */
  provider<T>(token: abstract new (...args: never[]) => T): T;
  close(): Promise<void>;
}

@Module({})
class SettingsModule {
  static of(environment: Readonly<Record<string, string>>): DynamicModule {
    return {
      module: SettingsModule,
      global: true,
      providers: [{ provide: HOST_CONFIGURATION, useValue: { environment, hostDatabase: false } }],
      exports: [HOST_CONFIGURATION],
    };
  }
}

/** @throws as the service does at its start: where an extension or a setting cannot be used. */
export async function startPayhook(options: TestPayhookOptions = {}): Promise<TestPayhook> {
  const { settings, databaseUrl, ...extensions } = options;
  const database = databaseUrl === undefined ? await startTestDatabase() : null;
  const key = randomBytes(32).toString('base64url');
  const environment = {
    NODE_ENV: 'test',
    ALERT_SETTLE_SECONDS: '0',
    ...settings,
    DATABASE_URL: databaseUrl ?? database?.url ?? '',
    API_KEYS: `test:${key}`,
  };
  const stopDatabase = async (): Promise<void> => database?.stop();
  try {
    const service = serviceModule(extensions);
    const app = await NestFactory.create<NestExpressApplication>(
      { ...service, imports: [...(service.imports ?? []), SettingsModule.of(environment)] },
      createHttpAdapter(),
      { ...APP_OPTIONS, logger: false, abortOnError: false },
    );
    configureApp(app);
    await app.listen(0, '127.0.0.1');
    return running(app, key, stopDatabase);
  } catch (error) {
    await stopDatabase();
    throw error;
  }
}

function running(app: NestExpressApplication, key: string, stopDatabase: () => Promise<void>): TestPayhook {
  const url = `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}`;
  const headers = { authorization: `Bearer ${key}` };
  const get = async <T>(path: string): Promise<T> => {
    const response = await fetch(url + path, { headers });
    if (!response.ok) throw new Error(`GET ${path} answered ${response.status}: ${await response.text()}`);
    return (await response.json()) as T;
  };
  return {
    url,
    get,
    post: (path, init) =>
      fetch(url + path, { ...init, method: 'POST', headers: { ...init?.headers, ...headers } }),
    quiet: async () => {
      await until(
        async () => (await get<{ quiet: boolean }>('/stats')).quiet,
        'nothing to be pending',
        60_000,
      );
    },
    provider: (token) => app.get(token, { strict: false }),
    close: async () => {
      await app.close();
      await stopDatabase();
    },
  };
}
