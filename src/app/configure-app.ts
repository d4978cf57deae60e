import type { INestApplication } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { OpenAPIObject } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import type { Server } from 'node:http';
import { ENV } from '../platform/config/config.module.js';
import type { Env } from '../platform/config/env.js';
import { ProcessRole } from '../platform/config/process-role.js';
import { ApiKeyGuard } from '../platform/http/api-key.guard.js';
import { applyServerLimits } from '../platform/http/server-limits.js';
import { type Intercept, LeanExpressAdapter } from '../platform/http/lean-express.adapter.js';
import { Problem } from '../platform/http/problem.js';
import { ProblemFilter, sendProblem } from '../platform/http/problem.filter.js';
import { refuseQuery } from '../platform/http/query.guard.js';
import { responseHeaders } from '../platform/http/read-headers.js';
import { canonicalUrl, isWebhookUrl } from '../platform/http/request-path.js';
import { AnonymousRateLimit } from '../platform/http/stranger-limit.js';
import { RefusalsService } from '../webhooks/index.js';
import { createOpenApiDocument } from './open-api.js';

/** Options for `NestFactory.create`. There is no body parser: a webhook's signature covers the bytes as received. */
export const APP_OPTIONS = { bodyParser: false, bufferLogs: false } as const;

/** Creates the HTTP adapter of one application. Every other Express adapter works too, at half the throughput. */
export const createHttpAdapter = (): LeanExpressAdapter => new LeanExpressAdapter();

/**
 * Configures everything between the modules and a listening server. The tests use it too, so that they test what ships.
 */
export function configureApp(app: INestApplication): void {
  const express = app as NestExpressApplication;
  const env = app.get<Env>(ENV);
  express.set('trust proxy', env.trustProxy);
  express.disable('x-powered-by');
  express.disable('etag');
  const strangers = new AnonymousRateLimit(
    app.get(ApiKeyGuard, { strict: false }),
    app.get(RefusalsService, { strict: false }).strangers,
    env.metricsPublic,
  );
  const adapter = express.getHttpAdapter() as unknown;
  if (adapter instanceof LeanExpressAdapter) {
    adapter.intercept(limitAnonymousRequests(strangers));
    // 80 % of the time for shutting down. The rest is for background work that is still running.
    adapter.connectionGraceMs = env.shutdownSeconds * 800;
  }
  const protect = responseHeaders();
  express.use((request: Request, response: Response, next: () => void) => {
    if (request.path.startsWith('/webhooks')) next();
    else protect(request, response, next);
  });
  app.useGlobalFilters(new ProblemFilter(strangers));
  applyServerLimits(app.getHttpServer() as Server, env.limits);
  if (app.get(ProcessRole, { strict: false }).receives) serveOpenApi(express, strangers);
  app.enableShutdownHooks();
}

/** Runs before Express: canonicalizes the URL and answers 429 at once to anonymous clients over the refusal limit. */
const limitAnonymousRequests =
  (strangers: AnonymousRateLimit): Intercept =>
  (request: Request, response, next) => {
    const url = canonicalUrl(request.url);
    if (url !== request.url) {
      request.originalUrl = request.url;
      request.url = url;
    }
    const instead = isWebhookUrl(url) ? null : strangers.refuseIfLimited(request);
    if (instead) sendProblem(response, instead);
    else next(request, response);
  };

/**
 * Serves the OpenAPI document at `/docs-json` to GET and HEAD. It is created on the first request, so that the start does not wait for
 * it.
 */
function serveOpenApi(app: NestExpressApplication, strangers: AnonymousRateLimit): void {
  let document: OpenAPIObject | null = null;
  const keys = app.get(ApiKeyGuard, { strict: false });
  app.use('/docs-json', (request: Request, response: Response, next: (error?: unknown) => void) => {
    if (!/^(?:GET|HEAD)$/.test(request.method) || request.path !== '/') return next();
    try {
      keys.check(request, 'read');
      refuseQuery(request);
    } catch (error) {
      if (!(error instanceof Problem)) return next(error);
      return sendProblem(response, strangers.replacementFor(error.document.status, request) ?? error);
    }
    return response.json((document ??= createOpenApiDocument(app)));
  });
}
