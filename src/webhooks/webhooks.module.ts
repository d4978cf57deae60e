import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DeliveriesController } from './api/deliveries.controller.js';
import { DeliveriesService } from './api/deliveries.service.js';
import { DeliveryReader } from './delivery-reader.js';
import { DeliverySources } from './delivery-sources.js';
import { RefusalsController } from './api/refusals.controller.js';
import { SecretsController } from './api/secrets.controller.js';
import { DeliveryWorker } from './delivery-worker.js';
import { Delivery } from './delivery.entity.js';
import { GatewaysDirectory } from './gateways.directory.js';
import { FetchedAnswers } from './fetched-answers.js';
import { HintWorker } from './hint-worker.js';
import { Inbox } from './inbox.js';
import { IntakeDatabase } from './intake-database.js';
import { KeptRefusals } from './kept-refusals.js';
import { PayloadResealer } from './payload-resealer.js';
import { PayloadVault } from './payload-vault.js';
import { Payloads } from './payloads.js';
import { ReplayPreview } from './replay-preview.js';
import { Replays } from './replays.js';
import { Refusal } from './refusal.entity.js';
import { RefusalLog } from './refusal-log.js';
import { Refusals } from './refusals.js';
import { SecretUses } from './secret-uses.js';
import { StorageHealth } from './storage-health.js';
import { Takeover } from './takeover.js';
import { WebhookBodyPipe } from './webhook-body.pipe.js';
import { WebhookSignatureGuard } from './webhook-signature.guard.js';
import { WebhooksController } from './webhooks.controller.js';

/** In: what gateways send is verified, stored, and handed on as domain events. */
@Module({
  imports: [TypeOrmModule.forFeature([Delivery, Refusal])],
  controllers: [WebhooksController, DeliveriesController, RefusalsController, SecretsController],
  providers: [
    GatewaysDirectory,
    PayloadVault,
    RefusalLog,
    Refusals,
    SecretUses,
    WebhookSignatureGuard,
    WebhookBodyPipe,
    IntakeDatabase,
    StorageHealth,
    Inbox,
    DeliveryReader,
    DeliverySources,
    Takeover,
    DeliveryWorker,
    FetchedAnswers,
    HintWorker,
    Replays,
    ReplayPreview,
    DeliveriesService,
    PayloadResealer,
    Payloads,
    KeptRefusals,
  ],
  exports: [StorageHealth, PayloadVault, Refusals, DeliveryWorker, HintWorker, Payloads, KeptRefusals],
})
export class WebhooksModule {}
