import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { ENV } from '../../platform/config/config.module.js';
import type { Env } from '../../platform/config/env.js';
import type { Admitted } from '../../platform/http/admission.js';
import { Problem } from '../../platform/http/problem.js';
import { GatewayRegistry, type WebhookTarget } from '../gateways/gateway-registry.js';
import {
  CannotVerifyNowError,
  type RefusalReason,
  type VerificationResult,
  type Evidence,
} from '../gateways/gateway.js';
import { bodyParser, contentTypesOf } from '../message/parse-body.js';
import { discardRest, MAX_BODY_BYTES, type RawBody, readRawBody, RequestAbortedError } from './raw-body.js';
import { RefusalsService } from '../refusals/refusals.service.js';
import { SecretUsage } from '../secrets/secret-usage.js';
import { UnverifiedBodyBudget } from './unverified-body-budget.js';
import { markVerified } from './verified-webhook.js';
import { receivedRequests } from '../webhook.metrics.js';

const CONTENT_TYPES = {
  json: /^application\/(?:[\w.-]+\+)?json$/,
  form: /^application\/x-www-form-urlencoded$/,
} as const;

/**
 * Lets a request through when its bytes prove themselves, and does nothing else: no parsing, no database. What
 * headers alone can refuse is refused before a byte of the body is read. The first check that fails answers.
 */
@Injectable()
export class WebhookSignatureGuard implements CanActivate {
  private readonly unverifiedBodies: UnverifiedBodyBudget;
  /** By connection: the check under way, off the main thread. */
  private readonly pendingChecks = new WeakMap<object, Promise<unknown>>();

  constructor(
    private readonly registry: GatewayRegistry,
    private readonly refusals: RefusalsService,
    private readonly secretUses: SecretUsage,
    @Inject(ENV) env: Env,
  ) {
    this.unverifiedBodies = new UnverifiedBodyBudget(env.maxUnverifiedBytes);
  }

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<Request>();
    try {
      await this.verify(request);
      return true;
    } catch (error) {
      discardRest(request);
      throw error;
    }
  }

  private async verify(request: Request): Promise<void> {
    const receivedAt = new Date();
    const target = this.resolveTarget(request);
    receivedRequests.inc({ gateway: target.gateway.name });

    if (request.method !== 'POST')
      throw this.refusals.refuseMethod(target.gateway.name, request.ip ?? '', methodNotAllowedProblem());
    const parse = bodyParser(request.headers['content-type'], target.gateway);
    const evidence: Omit<Evidence, 'raw'> = {
      headers: request.headers,
      url: request.originalUrl,
      token: target.token,
      secrets: target.account.secrets,
      settings: target.account.settings,
      mode: target.account.mode,
      now: receivedAt,
      publicUrl: () => `${request.protocol}://${request.host}${request.originalUrl}`,
      parse,
    };
    const refuse = (reason: RefusalReason, raw: Buffer | null = null): Problem =>
      this.refusals.refuse(target.gateway.name, reason, request.ip ?? '', {
        account: target.account.account,
        raw,
        unverified: { ...target, evidence, raw },
        refusedStatus: target.gateway.refusedStatus,
      });
    const unfit = checkContentHeaders(request, target);
    if (unfit) throw refuse(unfit);
    const unproven = target.verifier.checkHeaders(evidence);
    if (unproven) throw refuse(unproven.reason);

    const body = await readRawBody(request, this.unverifiedBodies);
    if (typeof body === 'string') throw refuse(body);
    const { raw } = body;
    const verdict = await this.checkSignature(body, target, evidence, request);
    if (verdict === 'cannot_verify_now') throw refuse(verdict);
    if (!verdict.ok) throw refuse(verdict.reason, raw);
    this.secretUses.recordMatch(target.account, verdict.secret, receivedAt);
    const { headers, rawHeaders } = request;
    markVerified(request, {
      gateway: target.gateway,
      account: target.account,
      raw,
      headers,
      rawHeaders,
      receivedAt,
      parse,
    });
  }

  /**
   * The body counts as unverified until the verdict is there, however long that takes. Of the requests of one
   * connection one is checked at a time: those checks wait in a line that all senders share. A request that waits
   * there gives its place to others, or a full line of forged ones would keep everybody else waiting.
   */
  private async checkSignature(
    { raw, release: done }: Exclude<RawBody, string>,
    { verifier }: WebhookTarget,
    evidence: Omit<Evidence, 'raw'>,
    request: Request & Partial<Pick<Admitted, 'releaseSlot' | 'reclaimSlot'>>,
  ): Promise<VerificationResult | 'cannot_verify_now'> {
    const connection = request.socket;
    try {
      for (let last; (last = this.pendingChecks.get(connection));) await last;
      if (connection.destroyed) throw new RequestAbortedError();
      const verdict = verifier.verify({ raw, ...evidence });
      if (!(verdict instanceof Promise)) return verdict;
      const settled = verdict.then(
        () => this.pendingChecks.delete(connection),
        () => this.pendingChecks.delete(connection),
      );
      this.pendingChecks.set(connection, settled);
      request.releaseSlot?.();
      return await verdict;
    } catch (error) {
      // Too many signatures are being checked.
      if (error instanceof CannotVerifyNowError) return 'cannot_verify_now';
      throw error;
    } finally {
      request.reclaimSlot?.();
      done();
    }
  }

  private resolveTarget(request: Request): WebhookTarget {
    const [name = '', ...rest] = pathSegments(request.params);
    const found = this.registry.resolve(name, rest);
    if (typeof found !== 'string') return found;
    // A made-up name must not become a metric label or a row.
    const label = found === 'unknown_gateway' ? 'unknown' : name;
    throw this.refusals.refuse(label, found, request.ip ?? '');
  }
}

function pathSegments({ path }: Request['params']): string[] {
  return Array.isArray(path) ? path : path === undefined ? [] : [path];
}

/** What the message's form rules out, whoever sent it. */
function checkContentHeaders(request: Request, { gateway }: WebhookTarget): RefusalReason | null {
  const encoding = request.headers['content-encoding']?.trim().toLowerCase();
  if (encoding && encoding !== 'identity') return 'content_encoding';
  const type = request.headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase();
  if (type && !contentTypesOf(gateway).some((accepted) => CONTENT_TYPES[accepted].test(type)))
    return 'content_type';
  return Number(request.headers['content-length'] ?? 0) > MAX_BODY_BYTES ? 'too_large' : null;
}

const methodNotAllowedProblem = (): Problem =>
  new Problem(
    { type: '/problems/method-not-allowed', title: 'Webhooks are sent with POST', status: 405 },
    { Allow: 'POST' },
  );
