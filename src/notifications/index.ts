/** What the application and operations may use of notifications. */
export { NotificationsModule } from './notifications.module.js';
export * from './channels/channel.js';
export { NotificationRetention } from './sending/notification-retention.js';
export { NotificationWorker } from './sending/notification-worker.js';
