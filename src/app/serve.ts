import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import cluster from 'node:cluster';
import { setTimeout as wait } from 'node:timers/promises';
import { AppModule } from '../app.module.js';
import { APP_OPTIONS, httpAdapter, setUpApp } from './configure-app.js';
import type { Env } from '../platform/config/env.js';
import { loadEnv } from '../platform/config/load-env.js';
import { isDatabaseAway } from '../platform/database/database-unavailable.js';
import { DatabaseUnavailableError } from '../platform/database/database.errors.js';
import { dataSourceOptions } from '../platform/database/data-source-options.js';
import { migrateDatabase } from '../platform/database/open-data-source.js';
import { endWithin } from './shutdown-deadline.js';
import { stopLine } from './service-lines.js';
import type { ServiceLogger } from '../platform/logging/json-logger.js';
import { WaitingServer } from '../platform/http/waiting-server.js';
import { gateways } from '../webhooks/gateways/index.js';

/** Between two looks whether the database is there: the service works within 5 s of its coming. */
const AGAIN_MS = 1_000;
/** A start that takes longer, for a migration say, is alive meanwhile. */
const PATIENCE_MS = 3_000;

export interface StartListeners {
  /** It listens; all but `/health/live` may still be answered with 503. */
  onListening(url: string): Promise<void> | void;
  /** The database is away, and why: called again only where that changes. It listens meanwhile. */
  onWaiting(why: string, url: string): Promise<void> | void;
}

/**
 * Starts the application that ships. Resolves when it serves: where the database is away it waits for it, alive and
 * answering 503.
 * @throws what waiting does not heal.
 */
export async function serve(logger: ServiceLogger, listeners: StartListeners): Promise<void> {
  const env = await loadEnv(gateways);
  logger.setLevel(env.logLevel);
  const start = new Start(env, logger, listeners);
  try {
    await start.run();
  } finally {
    await start.end();
  }
}

class Start {
  private readonly meanwhile: WaitingServer;
  private url: string | null = null;
  private why: string | null = null;

  constructor(
    private readonly env: Env,
    private readonly logger: ServiceLogger,
    private readonly listeners: StartListeners,
  ) {
    this.meanwhile = new WaitingServer(env);
  }

  async run(): Promise<void> {
    const { databaseUrl } = this.env;
    if (databaseUrl === null) return this.serve();
    while (!(await this.passes(() => this.serve()))) {
      // Cheaper than making the application each time.
      do await wait(AGAIN_MS);
      while (!(await this.passes(() => this.soon(migrateDatabase(dataSourceOptions(databaseUrl))))));
    }
  }

  /** False where the database is away, and that was told. */
  private async passes(step: () => Promise<void>): Promise<boolean> {
    try {
      await step();
      return true;
    } catch (error) {
      if (!isPassing(error)) throw error;
      await this.tellWaiting(error instanceof Error ? error.message : 'The database was lost.');
      return false;
    }
  }

  async end(): Promise<void> {
    for (const signal of SIGNALS) process.off(signal, this.leave);
    await this.meanwhile.close();
  }

  private async serve(): Promise<void> {
    const app = await this.soon(
      NestFactory.create<NestExpressApplication>(AppModule, httpAdapter(), {
        ...APP_OPTIONS,
        logger: this.logger,
        abortOnError: false,
      }),
    );
    // Workers share the port of the primary, which keeps it for them.
    const port = cluster.isWorker ? this.env.port : (this.meanwhile.port ?? this.env.port);
    try {
      setUpApp(app);
      await app.init();
      await this.end();
      endWithin(this.env.shutdownSeconds, this.logger);
      await app.listen(port, this.env.host);
    } catch (error) {
      await app.close();
      throw error;
    }
    if (this.why !== null) this.logger.log('The database is there: Payhook works', 'Start');
    const url = await app.getUrl();
    if (this.url === null || portOf(url) !== portOf(this.url)) await this.listeners.onListening(url);
  }

  /** Waits for an attempt, and is alive from the moment on at which it takes long. */
  private async soon<Result>(attempt: Promise<Result>): Promise<Result> {
    const done = attempt.then(() => true);
    if (await Promise.race([done, wait(PATIENCE_MS, false, { ref: false })])) return attempt;
    attempt.catch(() => undefined);
    await this.listenMeanwhile();
    return attempt;
  }

  private async tellWaiting(why: string): Promise<void> {
    const url = await this.listenMeanwhile();
    if (this.url === null) await this.listeners.onListening(url);
    this.url = url;
    if (why !== this.why) await this.listeners.onWaiting(why, url);
    this.why = why;
  }

  /** Of several workers the primary says that it stops, once. */
  private readonly leave = (signal: NodeJS.Signals): never => {
    if (!cluster.isWorker) this.logger.log(stopLine(signal), 'Service');
    process.exit(0);
  };

  private async listenMeanwhile(): Promise<string> {
    if (this.meanwhile.url !== null) return this.meanwhile.url;
    // Nothing is in hand. As the first process of a container, a signal that nobody hears would not end it.
    for (const signal of SIGNALS) process.on(signal, this.leave);
    return this.meanwhile.open();
  }
}

const SIGNALS = ['SIGHUP', 'SIGINT', 'SIGTERM'] as const;

const portOf = (url: string): string => new URL(url).port;

const isPassing = (error: unknown): boolean =>
  error instanceof DatabaseUnavailableError || isDatabaseAway(error);
