import { All, Controller, HttpCode, Inject, Logger, Res, UseGuards } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { Response } from 'express';
import { acknowledge } from './acknowledgement.js';
import { parkedLine } from '../inbox/delivery-lines.js';
import { Inbox } from '../inbox/inbox.js';
import { NotStoredError } from '../inbox/store-result.js';
import { toNewDelivery } from './new-delivery.js';
import { RefusalsService } from '../refusals/refusals.service.js';
import { Verified } from './verified-webhook.js';
import { WebhookBodyPipe, type InterpretedWebhook } from './webhook-body.pipe.js';
import { WebhookSignatureGuard } from './webhook-signature.guard.js';

/** Where gateways knock. The answer leaves after the commit that holds the message. */
@ApiExcludeController()
@Controller('webhooks')
export class WebhooksController {
  private readonly logger = new Logger(WebhooksController.name);

  constructor(
    @Inject(Inbox) private readonly inbox: Inbox,
    @Inject(RefusalsService) private readonly refusals: RefusalsService,
  ) {}

  @All('*path')
  @HttpCode(200)
  @UseGuards(WebhookSignatureGuard)
  async receive(
    @Verified(WebhookBodyPipe) webhook: InterpretedWebhook,
    @Res() response: Response,
  ): Promise<void> {
    const delivery = toNewDelivery(webhook);
    const receipt = await this.inbox.accept(delivery, webhook.interpreted).catch((error: unknown) => {
      if (!(error instanceof NotStoredError)) throw error;
      throw this.refusals.refuse(webhook.gateway.name, error.reason, '', {
        cause: error,
        account: webhook.account.account,
      });
    });
    if (delivery.status === 'parked')
      this.logger.warn(parkedLine({ ...delivery, type: delivery.eventType, id: receipt.id }));
    const { status, contentType, body } = acknowledge(webhook, delivery, receipt);
    // In one go: headers that Node puts together itself would be a write of their own.
    const length = Buffer.byteLength(body);
    response.writeHead(status, { 'Content-Type': contentType, 'Content-Length': length }).end(body);
  }
}
