import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DeliveriesController } from './api/deliveries.controller.js';
import { DeliveriesService } from './api/deliveries.service.js';
import { DeliveryReader } from './inbox/stored-delivery.reader.js';
import { DeliverySources } from './replay/stored-report-source.js';
import { RefusalsController } from './api/refusals.controller.js';
import { SecretsController } from './api/secrets.controller.js';
import { DeliveryWorker } from './processing/delivery-worker.js';
import { Delivery } from './inbox/delivery.entity.js';
import { GatewaysDirectory } from './gateways/gateway-registry.js';
import { FetchedAnswers } from './processing/fetched-answers.js';
import { HintWorker } from './processing/fetch-worker.js';
import { Inbox } from './inbox/inbox.js';
import { IntakeDatabase } from './inbox/inbox-database.js';
import { KeptRefusals } from './refusals/refusal-retention.js';
import { PayloadResealer } from './payloads/payload-reencryption.js';
import { PayloadVault } from './inbox/payload-cipher.js';
import { Payloads } from './payloads/payload-retention.js';
import { ReplayPreview } from './replay/replay-dry-run.js';
import { Replays } from './replay/replay.service.js';
import { Refusal } from './refusals/refusal.entity.js';
import { RefusalLog } from './refusals/refusal-log.js';
import { Refusals } from './refusals/refusals.service.js';
import { SecretUses } from './secrets/secret-usage.js';
import { StorageHealth } from './inbox/storage-health.js';
import { Takeover } from './processing/handoff-processor.js';
import { WebhookBodyPipe } from './receive/webhook-body.pipe.js';
import { WebhookSignatureGuard } from './receive/webhook-signature.guard.js';
import { WebhooksController } from './receive/webhooks.controller.js';

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
