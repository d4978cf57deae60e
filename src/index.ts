/**
 * `payhook`: Payhook as part of another Nest application, and what a handler, a channel or a feature of one's own needs.
 */
export { configurePayhook } from './app/embedding/configure-payhook.js';
export { PayhookModule } from './app/embedding/payhook.module.js';
export type { PayhookExtras, PayhookOptions } from './app/embedding/payhook.options.js';
export { PayhookService, type ReplayOptions } from './app/embedding/payhook.service.js';
export type { Extensions } from './app/extensions.js';
export * from './feature.js';
export type { Channel, Contact, MessageDetails, OutgoingMessage, SendResult } from './notifications/index.js';
export {
  ChannelSettingsError,
  PermanentSendError,
  TransientSendError,
} from './notifications/channels/send.errors.js';
export { ConfigurationError } from './platform/config/configuration.errors.js';
export { entities } from './schema/entities.js';
export { migrations } from './schema/migrations/index.js';
