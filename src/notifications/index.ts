/** What the application and operations may use of notifications. */
export { NotificationsModule } from './notifications.module.js';
export * from './channels/channel.js';
export { TAKEN_CHANNEL_NAMES } from './channels/channels-in-force.js';
export { messageSchemas, messageWebhooks } from './channels/message-webhook.js';
export { notificationsFeature } from './notifications.feature.js';
export { operatorNoticesFeature } from './operator/operator-notices.feature.js';
export { NotificationWorker } from './sending/notification-worker.js';
export { findHeldMessages, type HeldMessages, type StuckStatus } from './notification-resend.store.js';
export { NotificationResend, type ResendDryRun, type ResendRequest } from './sending/notification-resend.js';
