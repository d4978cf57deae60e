import type { INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AppModule } from '../app.module.js';
import { APP_OPTIONS } from './configure-app.js';
import { HandlerRegistry } from '../platform/events/index.js';

/**
 * The application as it ships, made and not started: it knows its gateways, its handlers and its database, listens to
 * nobody, and none of its workers runs. For programs that do one thing beside the service. Whoever asked closes it.
 */
export async function createAppContext(): Promise<INestApplication> {
  const app = await NestFactory.create(AppModule, {
    ...APP_OPTIONS,
    logger: ['error', 'warn'],
    abortOnError: false,
  });
  // Starting would do this first, and the workers after it.
  app.get(HandlerRegistry, { strict: false }).onModuleInit();
  return app;
}
