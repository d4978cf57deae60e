import {
  applyDecorators,
  type CanActivate,
  type ExecutionContext,
  Inject,
  Injectable,
  SetMetadata,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request } from 'express';
import { createHash, timingSafeEqual } from 'node:crypto';
import { ENV } from '../config/config.module.js';
import type { ApiKey, Env } from '../config/env.js';
import { ApiProblems } from './api-problems.decorator.js';
import { rememberKeyName } from './operator-act.js';
import { type Problem, problemOf } from './problem.js';
import { FORBIDDEN, UNAUTHORIZED } from './problem-types.js';

const ROLE = 'payhook:role';

/** The role that a route requires. Without it a route requires `read`. A key with `operate` may do what `read` may. */
export const RequireRole = (role: ApiKey['role']): MethodDecorator & ClassDecorator =>
  applyDecorators(SetMetadata(ROLE, role), ApiProblems(FORBIDDEN));

interface KnownKey {
  readonly name: string;
  readonly digest: Buffer;
  readonly role: ApiKey['role'];
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
    const needed = this.reflector.getAllAndOverride<ApiKey['role'] | undefined>(ROLE, [
      context.getHandler(),
      context.getClass(),
    ]);
    this.check(context.switchToHttp().getRequest<Request>(), needed ?? 'read');
    return true;
  }

  /** @throws Problem 401 without a valid key, 403 if the role of the key is not sufficient. */
  check(request: Request, needed: ApiKey['role']): void {
    const key = this.findKey(request.headers.authorization);
    if (key === null) throw unauthorized();
    if (needed === 'operate' && key.role !== 'operate') throw forbidden();
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
