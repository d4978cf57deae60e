import { All, Controller, HttpCode, Inject, Logger, Post, Res, UseGuards } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { Response } from 'express';
import { parkedLine } from '../inbox/delivery-lines.js';
import { Inbox } from '../inbox/inbox.js';
import { NotStoredError } from '../inbox/store-result.js';
import { RefusalsService } from '../refusals/refusals.service.js';
import { acknowledge } from './acknowledgement.js';
import { toNewDelivery } from './new-delivery.js';
import { Verified } from './verified-webhook.js';
import { type InterpretedWebhook, WebhookBodyPipe } from './webhook-body.pipe.js';
import { WebhookSignatureGuard } from './webhook-signature.guard.js';

/** Receives webhooks. The response is sent after the commit that stores the message. */
@ApiExcludeController()
@Controller('webhooks')
export class WebhooksController {
  private readonly logger = new Logger(WebhooksController.name);

  constructor(
    @Inject(Inbox) private readonly inbox: Inbox,
    @Inject(RefusalsService) private readonly refusals: RefusalsService,
  ) {}

  /** `/webhooks/:gateway[/:account]`, and `/webhooks/:gateway[/:account]/:token` where the gateway has a token. */
  @Post(':gateway{/*segments}')
  @HttpCode(200)
  @UseGuards(WebhookSignatureGuard)
  async receive(
    @Verified(WebhookBodyPipe) webhook: InterpretedWebhook,
    @Res() response: Response,
  ): Promise<void> {
    const delivery = toNewDelivery(webhook);
    const result = await this.inbox.accept(delivery, webhook.interpreted).catch((error: unknown) => {
      if (!(error instanceof NotStoredError)) throw error;
      throw this.refusals.refuse(webhook.gateway.name, error.reason, '', {
        cause: error,
        account: webhook.account.account,
      });
    });
    if (delivery.status === 'parked')
      this.logger.warn(parkedLine({ ...delivery, type: delivery.eventType, id: result.id }));
    const { status, contentType, body } = acknowledge(webhook, delivery, result);
    // One write for headers and body: headers that Node assembles itself would be a write of their own.
    const length = Buffer.byteLength(body);
    response.writeHead(status, { 'Content-Type': contentType, 'Content-Length': length }).end(body);
  }

  /** Every other method. The guard throws: 404 for an unknown gateway or account, 405 otherwise. */
  @All(':gateway{/*segments}')
  @UseGuards(WebhookSignatureGuard)
  refuseMethod(): never {
    throw new Error('WebhookSignatureGuard lets POST through only');
  }
}
