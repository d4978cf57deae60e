import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AppModule } from './app.module.js';
import { APP_OPTIONS, setUpApp } from './app.setup.js';
import { ENV } from './config/config.module.js';
import { ConfigurationError } from './config/configuration.errors.js';
import type { Env } from './config/env.js';
import { printSandbox } from './config/print-sandbox.js';
import { ServiceLogger } from './http/service-logger.js';
import { GATEWAYS, type Gateway } from './webhooks/gateways/index.js';

/** What stops the start is told in a sentence; a stack is for faults that we did not foresee. */
function explain(error: unknown): string {
  const expected = error instanceof ConfigurationError || (error instanceof Error && error.name.endsWith('Error') && !error.stack);
  if (expected || isTold(error)) return (error as Error).message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** Errors whose message is written for the person who starts the service. */
const isTold = (error: unknown): boolean =>
  error instanceof Error && /^(Configuration|EmbeddedPostgres|Database|Wiring)/.test(error.constructor.name);

async function start(): Promise<void> {
  const app = await NestFactory.create<NestExpressApplication>(AppModule, {
    ...APP_OPTIONS,
    logger: new ServiceLogger(),
    abortOnError: false,
  });
  setUpApp(app);
  const env = app.get<Env>(ENV);
  await app.listen(env.port, env.host);
  const url = await app.getUrl();
  printSandbox(env, app.get<readonly Gateway[]>(GATEWAYS), url, (text) => process.stdout.write(text));
  process.stdout.write(`Payhook is listening on ${url}\n`);
}

start().catch((error: unknown) => {
  process.stderr.write(`${explain(error)}\n`);
  process.exit(1);
});
