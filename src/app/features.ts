import { accountsFeature } from '../accounts/index.js';
import { ledgerFeature } from '../ledger/index.js';
import { notificationsFeature, operatorNoticesFeature } from '../notifications/index.js';
import { ordersFeature } from '../orders/index.js';
import { subscriptionsFeature } from '../subscriptions/index.js';
import { paymentsFeature } from '../payments/index.js';
import type { PayhookFeature } from '../platform/features/index.js';

/**
 * The features that ship: without its line a feature is not part of the application. Its tables, migrations, modules and
 * handlers are taken from its declaration, and operations erase, retain and count it by the same one.
 */
export const features: readonly PayhookFeature[] = [
  paymentsFeature,
  notificationsFeature,
  ordersFeature,
  ledgerFeature,
  accountsFeature,
  subscriptionsFeature,
  operatorNoticesFeature,
];
