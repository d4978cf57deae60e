import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import type { IncomingHttpHeaders } from 'node:http';
import type { GatewayAccount } from '../../platform/config/env.js';
import type { Gateway } from '../gateways/gateway.js';

/** A request whose signature or token is valid: everything of it that the code behind the guard sees. */
export interface VerifiedWebhook {
  gateway: Gateway;
  account: GatewayAccount;
  raw: Buffer;
  headers: IncomingHttpHeaders;
  /** Names and values in turn, in the order and spelling they were received. */
  rawHeaders: readonly string[];
  receivedAt: Date;
  /** The parser that verification used: a body that was parsed to be verified is not parsed again. */
  parse(raw: Buffer): unknown;
}

const VERIFIED = Symbol('verified webhook');
type VerifiedRequest = Request & { [VERIFIED]?: VerifiedWebhook };

/** Called by WebhookSignatureGuard alone. */
export function markVerified(request: Request, webhook: VerifiedWebhook): void {
  (request as VerifiedRequest)[VERIFIED] = webhook;
}

/**
 * Parameter of a route: the webhook that WebhookSignatureGuard verified (`markVerified`), passed through the pipe named
 * in the decorator. On a route without the guard every request fails with an error, and no unverified body gets through.
 */
export const Verified = createParamDecorator((_data: unknown, context: ExecutionContext): VerifiedWebhook => {
  const webhook = context.switchToHttp().getRequest<VerifiedRequest>()[VERIFIED];
  if (!webhook) throw new Error('this route lacks WebhookSignatureGuard');
  return webhook;
});
