import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import type { Request } from 'express';
import { badRequest } from './problem.js';
import { shownNames } from './request.pipe.js';

/**
 * Refuses query parameters on a route that declares none. What a caller writes there, such as `?dryRun=true` where the
 * body is read, must never be ignored. Where a route has a `@Query()`, `RequestPipe` refuses the unknown ones.
 */
@Injectable()
export class QueryGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const parameters = (Reflect.getMetadata(
      ROUTE_ARGS_METADATA,
      context.getClass(),
      context.getHandler().name,
    ) ?? {}) as object;
    const hasQuery = Object.keys(parameters).some((key) => key.startsWith(`${RouteParamtypes.QUERY}:`));
    if (!hasQuery) refuseQuery(context.switchToHttp().getRequest<Request>());
    return true;
  }
}

/** @throws Problem 400 where the URL has query parameters. */
export function refuseQuery({ query }: Request): void {
  const names = Object.keys(query);
  if (names.length === 0) return;
  throw badRequest(
    `bad parameter: ${shownNames(names)}. This route has no query parameters: a JSON body holds what a POST takes`,
  );
}
