import { Injectable, type PipeTransform } from '@nestjs/common';
import { interpretMessage, type InterpretedMessage } from '../message/interpret-message.js';
import { RefusalsService } from '../refusals/refusals.service.js';
import type { VerifiedWebhook } from './verified-webhook.js';

/** A verified request with what its body says. */
export interface InterpretedWebhook extends VerifiedWebhook {
  interpreted: InterpretedMessage;
}

/**
 * Parses, validates and translates the body that the guard verified. A body that cannot be parsed is refused with 400.
 * A body that does not fit its DTO passes: it is stored with its issues.
 */
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
