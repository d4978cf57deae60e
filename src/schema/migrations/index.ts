import type { MigrationInterface } from 'typeorm';
import { FeatureWork1765170000000 } from './1765170000000-feature-work.js';
import { features } from '../../app/features.js';
import { FirstSchema1764000000000 } from './1764000000000-first-schema.js';
import { PayloadKey1764100000000 } from './1764100000000-payload-key.js';
import { RefusalsAndSecretUses1764200000000 } from './1764200000000-refusals-and-secret-uses.js';
import { ExpiryAndErasure1764400000000 } from './1764400000000-expiry-and-erasure.js';
import { HintsByOrder1764500000000 } from './1764500000000-hints-by-order.js';
import { PaymentsByOrder1764600000000 } from './1764600000000-payments-by-order.js';
import { ReportsWithoutForeignKey1764700000000 } from './1764700000000-reports-without-foreign-key.js';
import { CapturesReversalsFeesMerchants1764800000000 } from './1764800000000-captures-reversals-fees-merchants.js';
import { MessagesByWholeOrder1764820000000 } from './1764820000000-messages-by-whole-order.js';
import { CustomersByContact1764830000000 } from './1764830000000-customers-by-contact.js';
import { ExpiredUntil1764831000000 } from './1764831000000-expired-until.js';
import { RefusedBodiesSealed1764832000000 } from './1764832000000-refused-bodies-sealed.js';
import { DeadNotifications1764850000000 } from './1764850000000-dead-notifications.js';
import { BoundedFaults1764870000000 } from './1764870000000-bounded-faults.js';
import { Installation1764870000100 } from './1764870000100-installation.js';
import { CheckedValues1764880000000 } from './1764880000000-checked-values.js';
import { FeatureProgress1764890000000 } from './1764890000000-feature-progress.js';
import { DeliveryWork1764900000000 } from './1764900000000-delivery-work.js';
import { DeliveriesByDay1764900000100 } from './1764900000100-deliveries-by-day.js';
import { AlertFacts1764910000000 } from './1764910000000-alert-facts.js';
import { WorkerSessions1764920000000 } from './1764920000000-worker-sessions.js';
import { ReportsByDelivery1764930000000 } from './1764930000000-reports-by-delivery.js';
import { SharedPayloads1764930100000 } from './1764930100000-shared-payloads.js';
import { IndexesOfPayments1764930200000 } from './1764930200000-indexes-of-payments.js';
import { ReconciledDeliveries1765010000000 } from './1765010000000-reconciled-deliveries.js';
import { ThinEventsWaitForAKey1765010000100 } from './1765010000100-thin-events-wait-for-a-key.js';
import { GatewayActivity1765050000000 } from './1765050000000-gateway-activity.js';
import { IgnoredDeliveries1765080000000 } from './1765080000000-ignored-deliveries.js';
import { KindsOfMessages1765100000000 } from './1765100000000-kinds-of-messages.js';
import { EventLog1765150000000 } from './1765150000000-event-log.js';
import { SendsByAddress1765140000000 } from './1765140000000-sends-by-address.js';
import { SendsByPhone1765140000100 } from './1765140000100-sends-by-phone.js';
import { OperatorNotices1765050000100 } from './1765050000100-operator-notices.js';
import { MessagesByChannel1765110000000 } from './1765110000000-messages-by-channel.js';
import { DunnedOrders1765120000000 } from './1765120000000-dunned-orders.js';
import { DunnedOrdersWait1765120000100 } from './1765120000100-dunned-orders-wait.js';

type Migration = new () => MigrationInterface;

const own: readonly Migration[] = [
  FirstSchema1764000000000,
  PayloadKey1764100000000,
  RefusalsAndSecretUses1764200000000,
  ExpiryAndErasure1764400000000,
  HintsByOrder1764500000000,
  PaymentsByOrder1764600000000,
  ReportsWithoutForeignKey1764700000000,
  CapturesReversalsFeesMerchants1764800000000,
  MessagesByWholeOrder1764820000000,
  CustomersByContact1764830000000,
  ExpiredUntil1764831000000,
  RefusedBodiesSealed1764832000000,
  DeadNotifications1764850000000,
  BoundedFaults1764870000000,
  Installation1764870000100,
  CheckedValues1764880000000,
  FeatureProgress1764890000000,
  DeliveryWork1764900000000,
  DeliveriesByDay1764900000100,
  AlertFacts1764910000000,
  WorkerSessions1764920000000,
  ReportsByDelivery1764930000000,
  SharedPayloads1764930100000,
  IndexesOfPayments1764930200000,
  ReconciledDeliveries1765010000000,
  ThinEventsWaitForAKey1765010000100,
  Reconciliations1765040000000,
  GatewayActivity1765050000000,
  OperatorNotices1765050000100,
  IgnoredDeliveries1765080000000,
  KindsOfMessages1765100000000,
  MessagesByChannel1765110000000,
  EventLog1765150000000,
  SendsByAddress1765140000000,
  SendsByPhone1765140000100,
  DunnedOrders1765120000000,
  DunnedOrdersWait1765120000100,
  FeatureWork1765170000000,
];

/** TypeORM ends the name of a migration with its time, in milliseconds since 1970. */
const timeOf = ({ name }: Migration): number => Number(name.slice(-13));
import { Reconciliations1765040000000 } from './1765040000000-reconciliations.js';

/** Every migration, oldest first: Payhook's own, and those of the features that ship. */
export const migrations: Migration[] = [
  ...own,
  ...features.flatMap((feature) => feature.migrations ?? []),
].toSorted((one, other) => timeOf(one) - timeOf(other));
