import { features } from '../app/features.js';
import { OperatorNotice } from '../platform/notices/operator-notice.entity.js';
import {
  DeliverySummary,
  DeliveryTypeChange,
  DeliveryTypeCount,
} from '../webhooks/inbox/delivery-summary.entity.js';
import { GatewayActivityRow } from '../webhooks/activity/gateway-activity.entity.js';
import { FeatureWork } from '../platform/features/feature-work.entity.js';
import { FeatureProgress } from '../platform/features/feature-progress.entity.js';
import { DomainEventRow } from '../platform/events/domain-event.entity.js';
import { EventCount } from '../platform/events/log/event-count.entity.js';
import { LoggedEvents } from '../platform/events/log/event-log.entity.js';
import { EventLogState } from '../platform/events/log/event-log-state.entity.js';
import { QueuedEvents } from '../platform/events/log/event-queue.entity.js';
import { HandlerRun } from '../platform/events/handler-run.entity.js';
import { WorkerSessionRow } from '../platform/jobs/worker-session.entity.js';
import { PaymentReportRow } from '../payments/recording/payment-report.entity.js';
import { Payment } from '../payments/recording/payment.entity.js';
import { Delivery } from '../webhooks/inbox/delivery.entity.js';
import { DeliveryWork } from '../webhooks/inbox/delivery-work.entity.js';
import { Reconciliation } from '../webhooks/reconciliation/reconciliation.entity.js';
import { ReconciliationItem } from '../webhooks/reconciliation/reconciliation-item.entity.js';
import { ReconciliationSighting } from '../webhooks/reconciliation/reconciliation-sighting.entity.js';
import { Installation } from '../webhooks/secrets/installation.entity.js';
import { RefusalCount } from '../webhooks/refusals/refusal-count.entity.js';
import { Refusal } from '../webhooks/refusals/refusal.entity.js';
import { SecretUse } from '../webhooks/secrets/secret-use.entity.js';

/** The entity of every table: Payhook's own, and those of the features that ship. A glob would not notice a missing file. */
export const entities: (new () => object)[] = [
  Delivery,
  DeliveryWork,
  RefusalCount,
  Refusal,
  SecretUse,
  Installation,
  Reconciliation,
  ReconciliationItem,
  ReconciliationSighting,
  Payment,
  PaymentReportRow,
  DomainEventRow,
  QueuedEvents,
  LoggedEvents,
  EventLogState,
  EventCount,
  HandlerRun,
  FeatureProgress,
  FeatureWork,
  WorkerSessionRow,
  ...features.flatMap((feature) => feature.entities ?? []),
  OperatorNotice,
  DeliveryTypeCount,
  DeliveryTypeChange,
  DeliverySummary,
  GatewayActivityRow,
];
