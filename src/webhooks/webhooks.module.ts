import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { SecretCipher } from '../platform/encryption/secret-cipher.js';
import { DeliveriesController } from './api/deliveries.controller.js';
import { DeliveriesService } from './api/deliveries.service.js';
import { StoredDeliveryReader } from './inbox/stored-delivery.reader.js';
import { StoredReportSource } from './replay/stored-report-source.js';
import { KnownGateways } from './api/known-gateways.js';
import { RefusalsReader } from './api/refusals.reader.js';
import { RefusalsController } from './api/refusals.controller.js';
import { DeliverySummaries } from './activity/delivery-summaries.js';
import { EndpointStates } from './activity/endpoint-states.js';
import { GatewayActivity } from './activity/gateway-activity.js';
import { SilenceWatch } from './activity/silence-watch.js';
import { DeliveryTypesReader } from './api/delivery-types.reader.js';
import { GatewaysController } from './api/gateways.controller.js';
import { GatewaysReader } from './api/gateways.reader.js';
import { SecretsController } from './api/secrets.controller.js';
import { ConfirmationsController } from './confirm/confirmations.controller.js';
import { ConfirmationsService } from './confirm/confirmations.service.js';
import { DeliveryWorker } from './processing/delivery-worker.js';
import { DueProcessor } from './processing/due-processor.js';
import { Delivery } from './inbox/delivery.entity.js';
import { GatewayRegistry } from './gateways/gateway-registry.js';
import { FetchedAnswers } from './processing/fetched-answers.js';
import { FetchWorker } from './processing/fetch-worker.js';
import { UnavailableHints } from './processing/unavailable-hints.js';
import { HandoffQueue } from './inbox/handoff-queue.js';
import { Inbox } from './inbox/inbox.js';
import { InboxDatabase } from './inbox/inbox-database.js';
import { RefusalRetention } from './refusals/refusal-retention.js';
import { PayloadReencryption } from './payloads/payload-reencryption.js';
import { PayloadCipher } from './inbox/payload-cipher.js';
import { PayloadRetention } from './payloads/payload-retention.js';
import { ReconciliationsController } from './api/reconciliations.controller.js';
import { FindingsStore } from './reconciliation/findings-store.js';
import { DEFAULT_RECONCILIATION_LIMITS, RECONCILIATION_LIMITS } from './reconciliation/limits.js';
import { Reconciliation } from './reconciliation/reconciliation.entity.js';
import { ReconciliationDriver } from './reconciliation/reconciliation-driver.js';
import { ReconciliationRunner } from './reconciliation/reconciliation-runner.js';
import { ReconciliationSchedule } from './reconciliation/reconciliation-schedule.js';
import { ReconciliationTargets } from './reconciliation/reconciliation-targets.js';
import { ReconciliationWorker } from './reconciliation/reconciliation-worker.js';
import { ReconciliationsReader } from './reconciliation/reconciliations.reader.js';
import { ReconciliationsService } from './reconciliation/reconciliations.service.js';
import { ReplayDryRun } from './replay/replay-dry-run.js';
import { ReplayService } from './replay/replay.service.js';
import { Refusal } from './refusals/refusal.entity.js';
import { RefusalLog } from './refusals/refusal-log.js';
import { RefusalsService } from './refusals/refusals.service.js';
import { SecretUsage } from './secrets/secret-usage.js';
import { StorageHealth } from './inbox/storage-health.js';
import { DEFAULT_LANES, LANES } from './processing/lanes.js';
import { HandoffProcessor } from './processing/handoff-processor.js';
import { WebhookBodyPipe } from './receive/webhook-body.pipe.js';
import { WebhookSignatureGuard } from './receive/webhook-signature.guard.js';
import { WebhooksController } from './receive/webhooks.controller.js';

/** In: what gateways send is verified, stored, and handed on as domain events. */
@Module({
  imports: [TypeOrmModule.forFeature([Delivery, Refusal, Reconciliation])],
  controllers: [
    WebhooksController,
    DeliveriesController,
    RefusalsController,
    SecretsController,
    ReconciliationsController,
    GatewaysController,
    ConfirmationsController,
  ],
  providers: [
    GatewayRegistry,
    PayloadCipher,
    SecretCipher,
    RefusalLog,
    RefusalsService,
    SecretUsage,
    WebhookSignatureGuard,
    WebhookBodyPipe,
    InboxDatabase,
    StorageHealth,
    HandoffQueue,
    Inbox,
    StoredDeliveryReader,
    StoredReportSource,
    HandoffProcessor,
    { provide: LANES, useValue: DEFAULT_LANES },
    DeliveryWorker,
    DueProcessor,
    ConfirmationsService,
    FetchedAnswers,
    FetchWorker,
    UnavailableHints,
    ReplayService,
    ReplayDryRun,
    { provide: RECONCILIATION_LIMITS, useValue: DEFAULT_RECONCILIATION_LIMITS },
    ReconciliationTargets,
    FindingsStore,
    ReconciliationRunner,
    ReconciliationWorker,
    ReconciliationDriver,
    ReconciliationSchedule,
    ReconciliationsService,
    ReconciliationsReader,
    DeliveriesService,
    RefusalsReader,
    KnownGateways,
    DeliveryTypesReader,
    GatewaysReader,
    GatewayActivity,
    EndpointStates,
    SilenceWatch,
    DeliverySummaries,
    PayloadReencryption,
    PayloadRetention,
    RefusalRetention,
  ],
  exports: [
    GatewayActivity,
    KnownGateways,
    DeliveriesService,
    ReplayService,
    StorageHealth,
    PayloadCipher,
    RefusalsService,
    DeliveryWorker,
    FetchWorker,
    PayloadRetention,
    RefusalRetention,
  ],
})
export class WebhooksModule {}
