import {
  applyDecorators,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
  UseInterceptors,
} from '@nestjs/common';
import { json, type Request, type Response } from 'express';
import type { Observable } from 'rxjs';
import { ApiProblems } from './api-problems.decorator.js';
import { badRequest, type Problem, tooLarge } from './problem.js';
import { BAD_REQUEST, TOO_LARGE } from './problem-types.js';

const MAX_BODY_BYTES = 16 * 1024;

/** The content type is not looked at: the read API takes nothing but JSON. */
const parse = json({ limit: MAX_BODY_BYTES, inflate: false, type: () => true });

/**
 * Reads the JSON body of a route with Express's own parser. It runs as an interceptor, that is after the guard: a
 * caller without a key is refused before its body is read, and no other route reads a body. A body that a host's
 * parser has read already is taken as it is. 400 for anything but JSON, 413 over 16 KiB.
 */
class JsonBodyInterceptor implements NestInterceptor {
  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const http = context.switchToHttp();
    await parsed(http.getRequest<Request>(), http.getResponse<Response>());
    return next.handle();
  }
}

const parsed = (request: Request, response: Response): Promise<void> =>
  new Promise((resolve, reject) =>
    parse(request, response, (error?: unknown) =>
      error === undefined ? resolve() : reject(problemFrom(error)),
    ),
  );

/** Express's parser reports faults by status: 413 for the size, another one for what is not JSON. */
const problemFrom = (error: unknown): Problem =>
  (error as { status?: unknown }).status === TOO_LARGE.status
    ? tooLarge()
    : badRequest('the body must be a JSON object');

/** For routes with a `@Body()`. */
export const ReadsJson = (): MethodDecorator =>
  applyDecorators(UseInterceptors(new JsonBodyInterceptor()), ApiProblems(BAD_REQUEST, TOO_LARGE));
