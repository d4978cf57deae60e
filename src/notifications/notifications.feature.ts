import type { PayhookFeature } from '../platform/features/index.js';
import { MESSAGES, MESSAGES_SETTING } from './kinds/message-kinds.js';
import { Notification } from './notification.entity.js';
import { DunnedOrder } from './reminders/dunned-order.entity.js';
import { DUNNING_PENDING, DUNNING_SCHEDULED } from './reminders/dunning.store.js';
import { followPayments, remind } from './reminders/reminder-jobs.js';
import { NotificationRetention } from './sending/notification-retention.js';

const retention = new NotificationRetention();

/** What the rest of Payhook knows of messages to customers: their table, their variable, their erasure and their counts. */
export const notificationsFeature: PayhookFeature = {
  name: 'notifications',
  entities: [Notification, DunnedOrder],
  jobs: [remind],
  followPayments,
  settings: { [MESSAGES]: MESSAGES_SETTING },
  erase: (manager, { paymentIds }) => retention.erase(manager, paymentIds),
  retain: (manager, before, limit) => retention.expire(manager, before, limit),
  pending: `
    SELECT (SELECT count(*) FROM notifications WHERE status = 'pending') + ${DUNNING_PENDING} AS pending,
      ${DUNNING_SCHEDULED} AS scheduled,
      (SELECT count(*) FROM notifications WHERE status = 'dead') AS dead`,
};
