import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import { badRequest, Problem } from './problem.js';

const MAX_BYTES = 16 * 1024;

/**
 * The request's JSON object; `{}` where nothing was sent. There is no body parser in the application, as webhooks are
 * verified over the bytes received: a route that wants a body says so. 400 for anything but an object, 413 over 16 kB.
 */
export const JsonBody = createParamDecorator((_data: unknown, context: ExecutionContext) =>
  readJsonObject(context.switchToHttp().getRequest<Request>()),
);

/** The same, for who has the request at hand. */
export async function readJsonObject(request: Request): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  let size = 0;
  // Left early, the request stays open: the sender is still to hear why.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BYTES) throw tooLarge();
    chunks.push(chunk);
  }
  if (size === 0) return {};
  const value = parsed(Buffer.concat(chunks).toString('utf8'));
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    throw badRequest('the body must be a JSON object');
  return value as Record<string, unknown>;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

const tooLarge = (): Problem =>
  new Problem({ type: '/problems/too-large', title: 'The body is too large', status: 413 });
