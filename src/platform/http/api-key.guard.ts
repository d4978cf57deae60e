import {
  applyDecorators,
  type CanActivate,
  type ExecutionContext,
  Inject,
  Injectable,
  SetMetadata,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ApiExtension } from '@nestjs/swagger';
import type { Request } from 'express';
import { createHash, timingSafeEqual } from 'node:crypto';
import { ENV } from '../config/config.module.js';
import type { ApiRole, Env } from '../config/env.js';
import { ApiProblems } from './api-problems.decorator.js';
import { rememberKeyName } from './operator-act.js';
import { type Problem, problemOf } from './problem.js';
import { FORBIDDEN, UNAUTHORIZED } from './problem-types.js';

const ROLES = 'payhook:roles';

/** Where an operation has its roles until the document is complete: OpenAPI names them in the security requirement. */
export const DOCUMENTED_ROLES = 'x-roles';

/**
 * The roles that a route allows, beside `operate`, which may do everything. A route without this decorator allows `read`.
 * No role includes another one but `operate`: a route for a shop's checkout and for readers names both.
 */
export const RequireRole = (...roles: readonly [ApiRole, ...ApiRole[]]): MethodDecorator & ClassDecorator =>
  applyDecorators(
    SetMetadata(ROLES, roles),
    ApiExtension(DOCUMENTED_ROLES, withOperate(roles)),
    ApiProblems(FORBIDDEN),
  );

/** The roles that may use a route which allows these. */
export const withOperate = (roles: readonly ApiRole[]): readonly ApiRole[] => [
  ...new Set<ApiRole>([...roles, 'operate']),
];

/** The roles that may use a route without {@link RequireRole}. */
export const READERS = withOperate(['read']);

interface KnownKey {
  readonly name: string;
  readonly digest: Buffer;
  readonly role: ApiRole;
}

/** Checks Bearer keys, comparing their digests in constant time. Without a configured key every request is refused. */
@Injectable()
export class ApiKeyGuard implements CanActivate {
  private readonly keys: readonly KnownKey[];

  constructor(
    @Inject(ENV) env: Env,
    @Inject(Reflector) private readonly reflector: Reflector,
  ) {
    this.keys = env.apiKeys.map(({ name, key, role }) => ({ name, digest: digestOf(key), role }));
  }

  canActivate(context: ExecutionContext): boolean {
    const roles = this.reflector.getAllAndOverride<readonly ApiRole[] | undefined>(ROLES, [
      context.getHandler(),
      context.getClass(),
    ]);
    this.check(context.switchToHttp().getRequest<Request>(), ...(roles ?? READERS));
    return true;
  }

  /** @throws Problem 401 without a valid key, 403 if the role of the key is not one of these and not `operate`. */
  check(request: Request, ...allowed: readonly ApiRole[]): void {
    const key = this.findKey(request.headers.authorization);
    if (key === null) throw unauthorized();
    if (!withOperate(allowed).includes(key.role)) throw forbidden();
    rememberKeyName(request, key.name);
  }

  /** Whether the request has a valid key of any role. */
  hasValidKey(request: Request): boolean {
    return this.findKey(request.headers.authorization) !== null;
  }

  private findKey(authorization: string | undefined): KnownKey | null {
    const given = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
    if (given === undefined) return null;
    const digest = digestOf(given);
    // Every key is compared, so that the time does not reveal which key was similar.
    const matching = this.keys.filter((key) => timingSafeEqual(key.digest, digest));
    return matching[0] ?? null;
  }
}

const digestOf = (key: string): Buffer => createHash('sha256').update(key).digest();

const unauthorized = (): Problem => problemOf(UNAUTHORIZED, {}, { 'WWW-Authenticate': 'Bearer' });

const forbidden = (): Problem => problemOf(FORBIDDEN);
