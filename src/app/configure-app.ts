import type { INestApplication } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { OpenAPIObject } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import type { Server } from 'node:http';
import { ENV } from '../platform/config/config.module.js';
import type { Env } from '../platform/config/env.js';
import { ApiKeyGuard } from '../platform/http/api-key.guard.js';
import { limitServer } from '../platform/http/server-limits.js';
import { type Intercept, LeanExpressAdapter } from '../platform/http/lean-express.adapter.js';
import { Problem } from '../platform/http/problem.js';
import { ProblemFilter, sendProblem } from '../platform/http/problem.filter.js';
import { readHeaders } from '../platform/http/read-headers.js';
import { canonicalUrl, isWebhook } from '../platform/http/request-path.js';
import { StrangerLimit } from '../platform/http/stranger-limit.js';
import { Refusals } from '../webhooks/refusals/refusals.service.js';
import { openApiOf } from './open-api.js';

/** How the application is created: no body parser anywhere, as webhooks are verified over the bytes received. */
export const APP_OPTIONS = { bodyParser: false, bufferLogs: false } as const;

/** What it stands on; one for each application. Any other Express adapter does too, at half the speed. */
export const httpAdapter = (): LeanExpressAdapter => new LeanExpressAdapter();

/** Everything between the modules and a listening server; the tests boot through it too, so that they boot what ships. */
export function setUpApp(app: INestApplication): void {
  const express = app as NestExpressApplication;
  const env = app.get<Env>(ENV);
  express.set('trust proxy', env.trustProxy);
  express.disable('x-powered-by');
  express.disable('etag');
  const strangers = new StrangerLimit(
    app.get(ApiKeyGuard, { strict: false }),
    app.get(Refusals, { strict: false }).strangers,
    env.metricsPublic,
  );
  const adapter = express.getHttpAdapter() as unknown;
  if (adapter instanceof LeanExpressAdapter) {
    adapter.intercept(doorman(strangers));
    // What is left of the time is for the work that is under way.
    adapter.closeWithinMs = env.shutdownSeconds * 800;
  }
  const protect = readHeaders();
  express.use((request: Request, response: Response, next: () => void) => {
    if (request.path.startsWith('/webhooks')) next();
    else protect(request, response, next);
  });
  app.useGlobalFilters(new ProblemFilter(strangers));
  limitServer(app.getHttpServer() as Server, env.limits);
  serveOpenApi(express, strangers);
  app.enableShutdownHooks();
}

/** Before Express: one spelling for each webhook's door, and an end at once for strangers that were refused often. */
const doorman =
  (strangers: StrangerLimit): Intercept =>
  (request: Request, response, next) => {
    const url = canonicalUrl(request.url);
    if (url !== request.url) {
      request.originalUrl = request.url;
      request.url = url;
    }
    const instead = isWebhook(url) ? null : strangers.turnAway(request);
    if (instead) sendProblem(response, instead);
    else next(request, response);
  };

/** Written at the first request for it: a start need not wait for a description that few ask for. */
function serveOpenApi(app: NestExpressApplication, strangers: StrangerLimit): void {
  let document: OpenAPIObject | null = null;
  const keys = app.get(ApiKeyGuard, { strict: false });
  app.use('/docs-json', (request: Request, response: Response, next: (error?: unknown) => void) => {
    try {
      keys.check(request, 'read');
    } catch (error) {
      if (!(error instanceof Problem)) return next(error);
      return sendProblem(response, strangers.inPlaceOf(error.document.status, request) ?? error);
    }
    return response.json((document ??= openApiOf(app)));
  });
}
