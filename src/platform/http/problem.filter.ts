import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Logger } from '@nestjs/common';
import type { Request, Response } from 'express';
import { type ServerResponse, STATUS_CODES } from 'node:http';
import { isDatabaseUnavailable } from '../database/database-unavailable.js';
import { describeError } from '../logging/describe-error.js';
import { databaseUnavailable, Problem } from './problem.js';
import type { AnonymousRateLimit } from './stranger-limit.js';

/** Every fault leaves as a problem document. What went wrong inside stays inside: logged by class, never by text. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger(ProblemFilter.name);

  constructor(private readonly strangers: AnonymousRateLimit | null = null) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<Response>();
    const request = host.switchToHttp().getRequest<Request>();
    // Nobody is there to be answered: the sender went away, or has its answer. Ended all the same: the request is done.
    // A response behind others of its connection has no socket of its own yet.
    if (response.headersSent || response.destroyed || request.socket?.destroyed) return void response.end();
    const problem = this.problemOf(error);
    sendProblem(response, this.strangers?.replacementFor(problem.document.status, request) ?? problem);
  }

  private problemOf(error: unknown): Pick<Problem, 'document' | 'headers'> {
    if (error instanceof Problem) return error;
    // Not logged a request: who lost the database says so, and every reader asks again.
    if (isDatabaseUnavailable(error)) return databaseUnavailable(error);
    const status = statusOf(error);
    if (status >= 500) this.logger.error(`request failed: ${describeError(error)}`);
    return { document: { type: 'about:blank', title: STATUS_CODES[status] ?? 'Error', status }, headers: {} };
  }
}

/** Without Express's own `send`, which costs more than all the rest of a refusal: floods are answered here. */
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

/** Nest's own exceptions, and those of Express and its parsers, which carry a status too. */
function statusOf(error: unknown): number {
  if (error instanceof HttpException) return error.getStatus();
  const status = (error as { status?: unknown } | null)?.status;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : 500;
}
