import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import type { Request, Response } from 'express';
import { Problem } from '../../platform/http/problem.js';
import { sendProblem } from '../../platform/http/problem.filter.js';

/** Answers the faults that Payhook's own routes throw; every other error stays the host's. */
@Catch(Problem)
export class OwnProblemFilter implements ExceptionFilter<Problem> {
  catch(problem: Problem, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<Request>();
    const response = host.switchToHttp().getResponse<Response>();
    if (response.headersSent || response.destroyed || request.socket?.destroyed) return void response.end();
    sendProblem(response, problem);
  }
}
