import type { INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { CommandLogger } from './command-logger.js';
import { APP_OPTIONS } from './configure-app.js';
import { HandlerRegistry } from '../platform/events/index.js';
import { loadInstalled } from './plugins/installed.js';
import { serviceModule } from './service.module.js';

/**
 * Creates the application for a command that runs beside the service. Gateways, handlers and the database are
 * available; the application does not listen, and none of its workers runs. The caller closes it.
 * @throws what `startupErrorMessage` turns into a sentence, for example where the database cannot be reached.
 */
export async function createAppContext(): Promise<INestApplication> {
  const { extensions } = await loadInstalled();
  const app = await NestFactory.create(serviceModule(extensions), {
    ...APP_OPTIONS,
    logger: new CommandLogger(),
    abortOnError: false,
  });
  // `app.init()` would register the handlers too, but it would also start the workers.
  app.get(HandlerRegistry, { strict: false }).onModuleInit();
  return app;
}
