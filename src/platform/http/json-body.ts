import {
  applyDecorators,
  type CallHandler,
  createParamDecorator,
  type ExecutionContext,
  type NestInterceptor,
  UseInterceptors,
} from '@nestjs/common';
import type { Request } from 'express';
import type { Observable } from 'rxjs';
import { ApiProblems } from './api-problems.decorator.js';
import { badRequest, type Problem, problemOf, tooLarge } from './problem.js';
import { BAD_REQUEST, CONTENT_ENCODING, TOO_LARGE } from './problem-types.js';

const KIB = 1024;
const MAX_BODY_KIB = 16;

/**
 * Reads the JSON body of a route into `request.body`. It runs as an interceptor, that is after the guard: a caller
 * without a key is refused before its body is read, and no other route reads a body. A body that a host's parser has
 * read already is taken as it is.
 *
 * Express's own parser is not used: it answers 413 only after the whole body has arrived, however long that takes, and
 * it refuses a charset that it does not know.
 */
class JsonBodyInterceptor implements NestInterceptor {
  constructor(
    private readonly maxBytes: number,
    private readonly anyValue: boolean,
  ) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const request = context.switchToHttp().getRequest<Request>();
    request.body ??= this.check(await readJson(request, this.maxBytes));
    return next.handle();
  }

  private check(value: unknown): unknown {
    if (this.anyValue || isObject(value)) return value;
    throw notAnObject();
  }
}

/**
 * The content type is not looked at: the read API takes nothing but JSON. `{}` where nothing was sent.
 * @throws Problem 400 for what is no JSON, 413 as soon as `maxBytes` are passed, 415 for a compressed body.
 */
async function readJson(request: Request, maxBytes: number): Promise<unknown> {
  if (isEncoded(request)) {
    request.resume();
    throw problemOf(CONTENT_ENCODING);
  }
  const chunks: Buffer[] = [];
  let size = 0;
  // The connection stays open when the loop ends early, so that the caller receives the answer.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) break;
    chunks.push(chunk);
  }
  if (size > maxBytes) {
    // The rest is thrown away, so that the next request of the connection is read. `requestTimeout` bounds it. Within the loop
    // this would have no effect.
    request.resume();
    throw tooLarge();
  }
  if (size === 0) return {};
  return parse(Buffer.concat(chunks).toString('utf8'));
}

const isObject = (value: unknown): value is object =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

const notAnObject = (): Problem => badRequest('the body must be a JSON object');

/** A body that says it is compressed is not read as if it were not. */
function isEncoded({ headers }: Request): boolean {
  const encoding = headers['content-encoding']?.trim().toLowerCase() ?? '';
  return encoding !== '' && encoding !== 'identity';
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw error instanceof SyntaxError ? notAnObject() : error;
  }
}

/**
 * For routes with a `@Body()` or a {@link JsonBody}, of at most `maxKib` KiB. With `anyValue` the route says itself what
 * is wrong with JSON that is no object.
 */
export const ReadsJson = ({ maxKib = MAX_BODY_KIB, anyValue = false } = {}): MethodDecorator =>
  applyDecorators(
    UseInterceptors(new JsonBodyInterceptor(maxKib * KIB, anyValue)),
    ApiProblems(
      BAD_REQUEST,
      { ...TOO_LARGE, when: `the body has more than ${maxKib} KiB` },
      CONTENT_ENCODING,
    ),
  );

/** Injects the body as it was read: an object of any shape. For routes that check it by themselves, to name every fault. */
export const JsonBody = createParamDecorator((_data: unknown, context: ExecutionContext): object => {
  const { body } = context.switchToHttp().getRequest<Request<unknown, unknown, unknown>>();
  if (!isObject(body)) throw notAnObject();
  return body;
});
