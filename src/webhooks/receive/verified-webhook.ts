import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import type { IncomingHttpHeaders } from 'node:http';
import type { GatewayAccount } from '../../platform/config/env.js';
import type { Gateway } from '../gateways/gateway.js';

/** A request that proved itself: all that goes on past the guard. */
export interface VerifiedWebhook {
  gateway: Gateway;
  account: GatewayAccount;
  raw: Buffer;
  headers: IncomingHttpHeaders;
  /** In the order and the spelling they were received. */
  rawHeaders: readonly string[];
  receivedAt: Date;
  /** As the proof was given it: bytes that were parsed to be verified are not parsed again. */
  parse(raw: Buffer): unknown;
}

const VERIFIED = Symbol('verified webhook');
type VerifiedRequest = Request & { [VERIFIED]?: VerifiedWebhook };

export function markVerified(request: Request, webhook: VerifiedWebhook): void {
  (request as VerifiedRequest)[VERIFIED] = webhook;
}

/** Hands the controller what the guard verified; a route without the guard gets an error, never an unproven body. */
export const Verified = createParamDecorator((_data: unknown, context: ExecutionContext): VerifiedWebhook => {
  const webhook = context.switchToHttp().getRequest<VerifiedRequest>()[VERIFIED];
  if (!webhook) throw new Error('this route lacks WebhookSignatureGuard');
  return webhook;
});
