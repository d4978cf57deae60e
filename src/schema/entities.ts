import { DomainEventRow } from '../platform/events/domain-event.entity.js';
import { HandlerRun } from '../platform/events/handler-run.entity.js';
import { Notification } from '../notifications/notification.entity.js';
import { PaymentReportRow } from '../payments/recording/payment-report.entity.js';
import { Payment } from '../payments/recording/payment.entity.js';
import { Delivery } from '../webhooks/delivery.entity.js';
import { Installation } from '../webhooks/installation.entity.js';
import { RefusalCount } from '../webhooks/refusal-count.entity.js';
import { Refusal } from '../webhooks/refusal.entity.js';
import { SecretUse } from '../webhooks/secret-use.entity.js';

/** Every table there is. The one place where the platform looks at the features: an explicit list, no globs. */
export const entities: (new () => object)[] = [
  Delivery,
  RefusalCount,
  Refusal,
  SecretUse,
  Installation,
  Payment,
  PaymentReportRow,
  DomainEventRow,
  HandlerRun,
  Notification,
];
