import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import cluster from 'node:cluster';
import { setTimeout as wait } from 'node:timers/promises';
import { APP_OPTIONS, createHttpAdapter, configureApp } from './configure-app.js';
import type { Env } from '../platform/config/env.js';
import { loadEnv } from '../platform/config/load-env.js';
import { isDatabaseUnavailable } from '../platform/database/database-unavailable.js';
import { DatabaseUnavailableError } from '../platform/database/database.errors.js';
import { dataSourceOptions } from '../platform/database/data-source-options.js';
import { migrateDatabase } from '../platform/database/open-data-source.js';
import { exitAfterGracePeriod } from './shutdown-deadline.js';
import { stopLine } from './service-lines.js';
import type { JsonLogger } from '../platform/logging/json-logger.js';
import { WaitingServer } from '../platform/http/waiting-server.js';
import { schemaWith } from './extensions.js';
import { type Installed, loadInstalled } from './plugins/installed.js';
import { serviceModule } from './service.module.js';

/** Pause between two attempts to reach the database. The service works within 5 s after the database is available. */
const DATABASE_RETRY_MS = 1_000;
/** A start that takes longer than this, for example because of a migration, opens the waiting server. */
const SLOW_START_MS = 3_000;

export interface StartListeners {
  /** Called once the service listens at `url`. Everything but `/health/live` may still be answered with 503. */
  onListening(url: string): Promise<void> | void;
  /**
   * Called when the database is unavailable, and again when the reason changes. The waiting server listens at `url`.
   */
  onWaiting(why: string, url: string): Promise<void> | void;
}

/**
 * Starts the application. Resolves when it serves requests. While the database is unavailable it retries every second;
 * a waiting server answers `/health/live` with 200 and everything else with 503.
 * @throws every error that a retry does not remove: a wrong configuration, an unsupported database, a port in use.
 */
export async function serve(logger: JsonLogger, listeners: StartListeners): Promise<void> {
  const { extensions, gateways, features } = await loadInstalled();
  const env = await loadEnv(gateways, undefined, undefined, features);
  logger.setLevel(env.logLevel);
  const start = new Startup(env, extensions, logger, listeners);
  try {
    await start.run();
  } finally {
    await start.closeWaitingServer();
  }
}

class Startup {
  private readonly waitingServer: WaitingServer;
  private announcedUrl: string | null = null;
  private waitingReason: string | null = null;

  constructor(
    private readonly env: Env,
    private readonly extensions: Installed['extensions'],
    private readonly logger: JsonLogger,
    private readonly listeners: StartListeners,
  ) {
    this.waitingServer = new WaitingServer(env);
  }

  async run(): Promise<void> {
    const { databaseUrl } = this.env;
    if (databaseUrl === null) return this.startApplication();
    while (!(await this.tryStep(() => this.startApplication()))) {
      // A migration attempt costs much less than creating the application, and fails for the same reasons.
      do await wait(DATABASE_RETRY_MS);
      while (
        !(await this.tryStep(() =>
          this.listenIfSlow(migrateDatabase(dataSourceOptions(databaseUrl, schemaWith(this.extensions)))),
        ))
      );
    }
  }

  /** Returns false where the database was unavailable, after reporting that. Throws every other error. */
  private async tryStep(step: () => Promise<void>): Promise<boolean> {
    try {
      await step();
      return true;
    } catch (error) {
      if (!isTransient(error)) throw error;
      await this.reportWaiting(error instanceof Error ? error.message : 'The database was lost.');
      return false;
    }
  }

  async closeWaitingServer(): Promise<void> {
    for (const signal of EXIT_SIGNALS) process.off(signal, this.exitOnSignal);
    await this.waitingServer.close();
  }

  private async startApplication(): Promise<void> {
    const app = await this.listenIfSlow(
      NestFactory.create<NestExpressApplication>(serviceModule(this.extensions), createHttpAdapter(), {
        ...APP_OPTIONS,
        logger: this.logger,
        abortOnError: false,
      }),
    );
    // In a cluster the primary holds the socket, so the waiting server and the application share the port of the
    // worker.
    const port = cluster.isWorker ? this.env.port : (this.waitingServer.port ?? this.env.port);
    try {
      configureApp(app);
      await app.init();
      await this.closeWaitingServer();
      exitAfterGracePeriod(this.env.shutdownSeconds, this.logger);
      await app.listen(port, this.env.host);
    } catch (error) {
      await app.close();
      throw error;
    }
    if (this.waitingReason !== null) this.logger.log('The database is there: Payhook works', 'Start');
    const url = await app.getUrl();
    if (this.announcedUrl === null || portOf(url) !== portOf(this.announcedUrl))
      await this.listeners.onListening(url);
  }

  /** Waits for `attempt`. Opens the waiting server if that takes longer than {@link SLOW_START_MS}. */
  private async listenIfSlow<Result>(attempt: Promise<Result>): Promise<Result> {
    const done = attempt.then(() => true);
    if (await Promise.race([done, wait(SLOW_START_MS, false, { ref: false })])) return attempt;
    attempt.catch(() => undefined);
    await this.openWaitingServer();
    return attempt;
  }

  private async reportWaiting(why: string): Promise<void> {
    const url = await this.openWaitingServer();
    if (this.announcedUrl === null) await this.listeners.onListening(url);
    this.announcedUrl = url;
    if (why !== this.waitingReason) await this.listeners.onWaiting(why, url);
    this.waitingReason = why;
  }

  /** In a cluster only the primary logs that the service stops. */
  private readonly exitOnSignal = (signal: NodeJS.Signals): never => {
    if (!cluster.isWorker) this.logger.log(stopLine(signal), 'Service');
    process.exit(0);
  };

  private async openWaitingServer(): Promise<string> {
    if (this.waitingServer.url !== null) return this.waitingServer.url;
    // No request is under way, so the process may exit at once. The first process of a container is not ended by a
    // signal that it does not handle.
    for (const signal of EXIT_SIGNALS) process.on(signal, this.exitOnSignal);
    return this.waitingServer.open();
  }
}

const EXIT_SIGNALS = ['SIGHUP', 'SIGINT', 'SIGTERM'] as const;

const portOf = (url: string): string => new URL(url).port;

const isTransient = (error: unknown): boolean =>
  error instanceof DatabaseUnavailableError || isDatabaseUnavailable(error);
