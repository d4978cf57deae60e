import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AppModule } from './app.module.js';
import { APP_OPTIONS, httpAdapter, setUpApp } from './app.setup.js';
import { ENV } from './config/config.module.js';
import type { Env } from './config/env.js';
import { printSandbox } from './config/print-sandbox.js';
import { explain } from './explain.js';
import { lastWords } from './http/last-words.js';
import { ServiceLogger } from './http/service-logger.js';
import { GATEWAYS, type Gateway } from './webhooks/gateways/index.js';

async function start(): Promise<void> {
  const logger = new ServiceLogger();
  // Left to Node, an error that nobody caught is printed whole, with the data it quotes. It ends the process all the
  // same: work in hand has leases, and is taken up again.
  process.on('uncaughtException', (error: unknown) => {
    logger.fatal(lastWords(error), 'Process');
    process.exit(1);
  });
  const app = await NestFactory.create<NestExpressApplication>(AppModule, httpAdapter(), {
    ...APP_OPTIONS,
    logger,
    abortOnError: false,
  });
  setUpApp(app);
  const env = app.get<Env>(ENV);
  logger.setLevel(env.logLevel);
  await app.listen(env.port, env.host);
  const url = await app.getUrl();
  printSandbox(env, app.get<readonly Gateway[]>(GATEWAYS), url, (text) => process.stdout.write(text));
  process.stdout.write(`Payhook is listening on ${url}\n`);
}

start().catch((error: unknown) => {
  process.stderr.write(`${explain(error)}\n`);
  process.exit(1);
});
