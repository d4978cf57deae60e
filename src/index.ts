/**
 * `payhook`: Payhook as part of another Nest application, and what a handler or a channel of one's own needs.
 */
export { configurePayhook } from './app/embedding/configure-payhook.js';
export { PayhookModule } from './app/embedding/payhook.module.js';
export type { PayhookExtras, PayhookOptions } from './app/embedding/payhook.options.js';
export { PayhookService, type ReplayOptions } from './app/embedding/payhook.service.js';
export type { Extensions } from './app/extensions.js';
export type { Channel, Contact, OutgoingMessage, SendResult } from './notifications/index.js';
export { ChannelSettingsError, PermanentSendError } from './notifications/channels/send.errors.js';
export * from './payments/payment.events.js';
export { ConfigurationError } from './platform/config/configuration.errors.js';
export {
  DomainEvent,
  type DomainEventClass,
  type DomainEventHandler,
} from './platform/events/domain-event.js';
export { EventPublisher } from './platform/events/event-publisher.js';
export { WiringError } from './platform/events/handler-registry.js';
export { OnDomainEvent } from './platform/events/on-domain-event.decorator.js';
export { ReportableError } from './platform/logging/reportable-error.js';
export { entities } from './schema/entities.js';
export { migrations } from './schema/migrations/index.js';
export type { Erasure, FeatureContext, FeatureJob, PayhookFeature } from './platform/features/feature.js';
export { ApiKeyGuard, RequireRole } from './platform/http/api-key.guard.js';
export { type Page, PageQuery, toPage } from './platform/http/page.js';
export { badRequest, notFound, Problem, type ProblemDocument } from './platform/http/problem.js';
