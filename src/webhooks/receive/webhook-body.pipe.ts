import { Injectable, type PipeTransform } from '@nestjs/common';
import { interpretMessage, type InterpretedMessage } from '../message/interpret-message.js';
import { RefusalsService } from '../refusals/refusals.service.js';
import type { VerifiedWebhook } from './verified-webhook.js';

/** A verified request and what its gateway's DTO made of it. */
export interface InterpretedWebhook extends VerifiedWebhook {
  interpreted: InterpretedMessage;
}

/** Parses and validates what the guard verified. Only a body that cannot be parsed at all is refused here. */
@Injectable()
export class WebhookBodyPipe implements PipeTransform<VerifiedWebhook, InterpretedWebhook> {
  constructor(private readonly refusals: RefusalsService) {}

  transform(webhook: VerifiedWebhook): InterpretedWebhook {
    const { gateway, account, raw, headers, receivedAt } = webhook;
    const body = webhook.parse(raw);
    if (body === undefined)
      throw this.refusals.refuse(gateway.name, 'not_json', '', { account: account.account, raw });
    const { mode, settings } = account;
    const message = { raw, body, headers, receivedAt, provenance: 'received', mode, settings } as const;
    return { interpreted: interpretMessage(gateway, message), ...webhook };
  }
}
