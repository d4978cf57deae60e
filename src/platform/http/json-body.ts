import {
  applyDecorators,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
  UseInterceptors,
} from '@nestjs/common';
import type { Request } from 'express';
import type { Observable } from 'rxjs';
import { ApiProblems } from './api-problems.decorator.js';
import { badRequest, tooLarge } from './problem.js';
import { BAD_REQUEST, TOO_LARGE } from './problem-types.js';

const MAX_BODY_BYTES = 16 * 1024;

/**
 * Reads the JSON body of a route into `request.body`. It runs as an interceptor, that is after the guard: a caller
 * without a key is refused before its body is read, and no other route reads a body. A body that a host's parser has
 * read already is taken as it is.
 *
 * Express's own parser is not used: it answers 413 only after the whole body has arrived, however long that takes, and
 * it refuses a charset that it does not know.
 */
class JsonBodyInterceptor implements NestInterceptor {
  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const request = context.switchToHttp().getRequest<Request>();
    request.body ??= await readJsonObject(request);
    return next.handle();
  }
}

/**
 * The content type is not looked at: the read API takes nothing but JSON. `{}` where nothing was sent.
 * @throws Problem 400 for anything but an object, 413 as soon as 16 KiB are passed.
 */
async function readJsonObject(request: Request): Promise<object> {
  const chunks: Buffer[] = [];
  let size = 0;
  // The connection stays open when the loop ends early, so that the caller receives the answer.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) {
      // The rest is thrown away, so that the next request of the connection is read. `requestTimeout` bounds it.
      request.resume();
      throw tooLarge();
    }
    chunks.push(chunk);
  }
  if (size === 0) return {};
  const value = parseOrNull(Buffer.concat(chunks).toString('utf8'));
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    throw badRequest('the body must be a JSON object');
  return value;
}

function parseOrNull(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** For routes with a `@Body()`. */
export const ReadsJson = (): MethodDecorator =>
  applyDecorators(UseInterceptors(new JsonBodyInterceptor()), ApiProblems(BAD_REQUEST, TOO_LARGE));
