import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DeliveriesController } from './api/deliveries.controller.js';
import { DeliveriesService } from './api/deliveries.service.js';
import { DeliveryWorker } from './delivery-worker.js';
import { Delivery } from './delivery.entity.js';
import { GatewaysDirectory } from './gateways.directory.js';
import { HintWorker } from './hint-worker.js';
import { Inbox } from './inbox.js';
import { Payloads } from './payloads.js';
import { Refusals } from './refusals.js';
import { WebhookBodyPipe } from './webhook-body.pipe.js';
import { WebhookSignatureGuard } from './webhook-signature.guard.js';
import { WebhooksController } from './webhooks.controller.js';

/** In: what gateways send is verified, stored, and handed on as domain events. */
@Module({
  imports: [TypeOrmModule.forFeature([Delivery])],
  controllers: [WebhooksController, DeliveriesController],
  providers: [
    GatewaysDirectory,
    Refusals,
    WebhookSignatureGuard,
    WebhookBodyPipe,
    Inbox,
    DeliveryWorker,
    HintWorker,
    DeliveriesService,
    Payloads,
  ],
  exports: [Refusals, DeliveryWorker, HintWorker, Payloads],
})
export class WebhooksModule {}
