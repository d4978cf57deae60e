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
 * Lets a request through when its signature or token proves its bytes. It asks no database. Checks run in the order of
 * the contract, and the first that fails answers: 404 (gateway, account), 405, 415 (content type, encoding), 413
 * (announced length), 401 (headers alone). Then the body is read: 413, 503, 401.
 */
@Injectable()
export class WebhookSignatureGuard implements CanActivate {
  private readonly unverifiedBodies: UnverifiedBodyBudget;
  /** The asynchronous check that is running for a connection. */
  private readonly pendingChecks = new WeakMap<object, Promise<unknown>>();

  constructor(
    private readonly registry: GatewayRegistry,
    private readonly refusals: RefusalsService,
    private readonly secretUsage: SecretUsage,
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
    const unfit = checkContentHeaders(request, target) ?? target.verifier.checkHeaders(evidence)?.reason;
    if (unfit) throw refuse(unfit);

    const body = await readRawBody(request, this.unverifiedBodies);
    if (typeof body === 'string') throw refuse(body);
    const { raw } = body;
    const result = await this.checkSignature(body, target, evidence, request);
    if (result === 'cannot_verify_now') throw refuse(result);
    if (!result.ok) throw refuse(result.reason, raw);
    this.secretUsage.recordMatch(target.account, result.secret, receivedAt);
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
   * Runs the gateway's check. The body counts against the budget of unverified bytes until the result is there. An
   * asynchronous check waits in a queue that all senders share. So each connection has one check in it at a time, and a
   * request that waits for its check lets other requests go first: a queue full of forged signatures must not keep
   * everybody else waiting.
   */
  private async checkSignature(
    { raw, release }: Exclude<RawBody, string>,
    { verifier }: WebhookTarget,
    evidence: Omit<Evidence, 'raw'>,
    request: Request & Partial<Pick<Admitted, 'releaseSlot' | 'reclaimSlot'>>,
  ): Promise<VerificationResult | 'cannot_verify_now'> {
    const connection = request.socket;
    try {
      for (let pending; (pending = this.pendingChecks.get(connection));) await pending;
      if (connection.destroyed) throw new RequestAbortedError();
      const result = verifier.verify({ raw, ...evidence });
      if (!(result instanceof Promise)) return result;
      const settled = result.then(
        () => this.pendingChecks.delete(connection),
        () => this.pendingChecks.delete(connection),
      );
      this.pendingChecks.set(connection, settled);
      request.releaseSlot?.();
      return await result;
    } catch (error) {
      if (error instanceof CannotVerifyNowError) return 'cannot_verify_now';
      throw error;
    } finally {
      request.reclaimSlot?.();
      release();
    }
  }

  /** By the parameters of the route in WebhooksController. */
  private resolveTarget(request: Request): WebhookTarget {
    const { gateway = '', segments = [] } = request.params as { gateway?: string; segments?: string[] };
    const found = this.registry.resolve(gateway, segments);
    if (typeof found !== 'string') return found;
    // The name becomes a metric label and a row, so a name that a sender made up must not be used.
    const label = found === 'unknown_gateway' ? 'unknown' : gateway;
    throw this.refusals.refuse(label, found, request.ip ?? '');
  }
}

/** Why the content headers cannot belong to a webhook of this gateway; null when they can. */
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
