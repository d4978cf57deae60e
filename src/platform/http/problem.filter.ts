import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Logger } from '@nestjs/common';
import type { Request, Response } from 'express';
import { type ServerResponse, STATUS_CODES } from 'node:http';
import { isDatabaseUnavailable } from '../database/database-unavailable.js';
import { describeError } from '../logging/describe-error.js';
import { databaseUnavailable, Problem } from './problem.js';
import type { AnonymousRateLimit } from './stranger-limit.js';

/**
 * Answers every error with a problem document. An internal error is logged by class, because its message may quote
 * data.
 */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger(ProblemFilter.name);

  constructor(private readonly strangers: AnonymousRateLimit | null = null) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<Response>();
    const request = host.switchToHttp().getRequest<Request>();
    // The sender has gone or has its response already. `end` still marks the request as done. A response that waits
    // behind others of its connection has no socket yet, so the socket of the request is checked.
    if (response.headersSent || response.destroyed || request.socket?.destroyed) return void response.end();
    const problem = this.problemOf(error);
    sendProblem(response, this.strangers?.replacementFor(problem.document.status, request) ?? problem);
  }

  private problemOf(error: unknown): Pick<Problem, 'document' | 'headers'> {
    if (error instanceof Problem) return error;
    // Not logged here: the pool reports a lost database, and every client would add a line.
    if (isDatabaseUnavailable(error)) return databaseUnavailable(error);
    const status = statusOf(error);
    if (status >= 500) this.logger.error(`request failed: ${describeError(error)}`);
    return { document: { type: 'about:blank', title: STATUS_CODES[status] ?? 'Error', status }, headers: {} };
  }
}

/**
 * Does not use Express's `send`, which costs more than the rest of a refusal. Floods are answered with this function.
 */
export function sendProblem(
  response: ServerResponse,
  { document, headers }: Pick<Problem, 'document' | 'headers'>,
): void {
  const body = JSON.stringify(document);
  response.writeHead(document.status, {
    ...headers,
    'Content-Type': 'application/problem+json; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
  });
  response.end(body);
}

/** The status of Nest's exceptions and of errors of Express and its parsers; 500 for every other error. */
function statusOf(error: unknown): number {
  if (error instanceof HttpException) return error.getStatus();
  const status = (error as { status?: unknown } | null)?.status;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : 500;
}
