import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AppModule } from './app.module.js';
import { APP_OPTIONS, httpAdapter, setUpApp } from './app.setup.js';
import { ENV } from './config/config.module.js';
import type { Env } from './config/env.js';
import type { ServiceLogger } from './http/service-logger.js';

/** Starts the application that ships; answers with the URL it listens on. */
export async function serve(logger: ServiceLogger): Promise<string> {
  const app = await NestFactory.create<NestExpressApplication>(AppModule, httpAdapter(), {
    ...APP_OPTIONS,
    logger,
    abortOnError: false,
  });
  setUpApp(app);
  const env = app.get<Env>(ENV);
  logger.setLevel(env.logLevel);
  await app.listen(env.port, env.host);
  return app.getUrl();
}
