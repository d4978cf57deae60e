/** What the application, its commands and operations may use of webhooks. Gateways have an index of their own. */
export { WebhooksModule } from './webhooks.module.js';
export { DeliveriesQuery } from './api/deliveries.query.js';
export { DeliveriesService } from './api/deliveries.service.js';
export type { DeliveryPageView, DeliveryView } from './api/delivery.view.js';
export { KnownGateways } from './api/known-gateways.js';
export { WEBHOOK_MODELS, webhookPaths } from './api/webhook-paths.js';
export type { DeliveryFilter } from './inbox/delivery-filter.js';
export { erasePayloads } from './inbox/delivery-payload.store.js';
export { ReplayRequest, toReplay } from './api/replay.request.js';
export { StorageHealth } from './inbox/storage-health.js';
export type { PersonSearch } from './message/person-mentions.js';
export { type ErasureResult, PayloadRetention } from './payloads/payload-retention.js';
export { DeliveryWorker } from './processing/delivery-worker.js';
export { RefusalRetention } from './refusals/refusal-retention.js';
export { RefusalsService } from './refusals/refusals.service.js';
export { ReplayDryRun } from './replay/replay-dry-run.js';
export { ReplayService } from './replay/replay.service.js';
export { StoredReportSource } from './replay/stored-report-source.js';
