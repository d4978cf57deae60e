import type { INestApplication } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Express } from 'express';
import { WiringError } from '../../platform/events/index.js';

interface Layer {
  readonly route?: { readonly path?: unknown };
}

const mounted = new WeakSet<object>();

/** Says that Payhook is part of this application, so that {@link raiseIntake} finds that nothing was forgotten. */
export function expectIntake(app: INestApplication): void {
  mounted.add((app as NestExpressApplication).getHttpAdapter().getInstance());
}

/**
 * Puts the webhook routes of `path` before everything else that Express calls: a signature covers the bytes as they were
 * received, and a body parser of the host would consume them. Called when all routes are registered, and before any
 * request is served.
 * @throws WiringError where `configurePayhook` was not called, or the routes are not there.
 */
export function raiseIntake(express: Express, path: string): void {
  if (!mounted.has(express))
    throw new WiringError(
      'Payhook is not mounted: call configurePayhook(app) after NestFactory.create() and before app.listen(). Without ' +
        'it a body parser of the host takes the bytes that a signature covers.',
    );
  const stack = (express.router as unknown as { stack: Layer[] }).stack;
  // The whole route, with a global prefix of the host before it: a route of the host's own may lie below `/webhooks`, too.
  const intake = `/${path}/webhooks/:gateway{/*segments}`.replace(/\/{2,}/g, '/');
  const isWebhook = ({ route }: Layer): boolean =>
    typeof route?.path === 'string' && route.path.endsWith(intake);
  const own = stack.filter(isWebhook);
  if (own.length === 0)
    throw new WiringError(
      `Express has no route /${path}/webhooks: Payhook needs @nestjs/platform-express 12.`,
    );
  stack.unshift(...own, ...stack.splice(0).filter((layer) => !own.includes(layer)));
}
