import { expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT } from './planted-copy.js';

/** The files that may hold statements on a table. One store owns each theme of a table. */
const OWNERS: Readonly<Record<string, readonly string[]>> = {
  'payments|payment_reports': [
    'src/payments/recording/payment.store.ts',
    'src/payments/recording/payment-facts.store.ts',
    'src/payments/recording/payment-list.store.ts',
    'src/payments/recording/payment-report.store.ts',
    'src/payments/recording/payment-question.store.ts',
    'src/payments/recording/told-merchant.store.ts',
    'src/payments/recording/customer-data.store.ts',
    'src/payments/recording/customer-search.store.ts',
    'src/payments/recording/unreported.store.ts',
    'src/payments/recording/report-delay.store.ts',
    // All four join payments with notifications in one statement.
    'src/notifications/notification.store.ts',
    'src/notifications/notification-set.store.ts',
    'src/notifications/order-messages.store.ts',
    'src/notifications/payment-messages.store.ts',
  ],
  deliveries: [
    'src/webhooks/inbox/delivery.store.ts',
    'src/webhooks/inbox/delivery-duplicates.store.ts',
    'src/webhooks/inbox/delivery-work.store.ts',
    'src/webhooks/inbox/delivery-work-sql.ts',
    'src/webhooks/inbox/hint.store.ts',
    'src/webhooks/inbox/delivery-payload.store.ts',
    'src/webhooks/inbox/payload-key.store.ts',
    'src/webhooks/inbox/delivery-replay.store.ts',
    // What is summed up of deliveries: their types, and when they came.
    'src/webhooks/inbox/delivery-summary.store.ts',
    'src/webhooks/inbox/delivery-activity.store.ts',
    // The conditions of a list and of a replay, with the range of ids that a range of time widens to.
    'src/webhooks/inbox/delivery-filter.ts',
    // Counts deliveries, handler runs and notifications in one statement.
    'src/operations/monitoring/work-counts.ts',
  ],
  delivery_work: [
    'src/webhooks/inbox/delivery.store.ts',
    'src/webhooks/inbox/delivery-duplicates.store.ts',
    'src/webhooks/inbox/delivery-work.store.ts',
    'src/webhooks/inbox/delivery-work-sql.ts',
    'src/webhooks/inbox/hint.store.ts',
    'src/webhooks/inbox/delivery-replay.store.ts',
    'src/operations/monitoring/work-counts.ts',
    'src/webhooks/inbox/delivery-summary.store.ts',
  ],
  'refusals|refusal_counts': [
    'src/webhooks/refusals/refusal.store.ts',
    // One statement counts all pending and dead work, and refusals, at one moment.
    'src/operations/monitoring/work-counts.ts',
  ],
  'domain_events|handler_runs': [
    'src/platform/events/domain-event.store.ts',
    'src/platform/events/handler-run.store.ts',
    'src/platform/events/stored-payload.ts',
    'src/platform/events/log/event-log.store.ts',
    'src/platform/events/log/event-log-page.store.ts',
    'src/platform/events/log/event-retention.store.ts',
    'src/operations/monitoring/work-counts.ts',
  ],
  'event_queue|event_log|event_log_state|event_counts': [
    'src/platform/events/log/event-log.store.ts',
    'src/platform/events/log/event-log-page.store.ts',
    'src/platform/events/log/event-retention.store.ts',
    // Counts what is queued in the one statement behind `/stats`.
    'src/operations/monitoring/work-counts.ts',
  ],
  reconciliations: [
    'src/webhooks/reconciliation/reconciliation.store.ts',
    'src/webhooks/reconciliation/new-run.store.ts',
  ],
  'reconciliation_items|reconciliation_sightings': [
    'src/webhooks/reconciliation/reconciliation-item.store.ts',
  ],
  'delivery_types|delivery_type_changes|delivery_summary': ['src/webhooks/inbox/delivery-summary.store.ts'],
  gateway_activity: ['src/webhooks/activity/gateway-activity.store.ts'],
  operator_notices: ['src/platform/notices/operator-notice.store.ts'],
  orders: [
    'src/orders/order.store.ts',
    'src/orders/order-list.store.ts',
    'src/orders/order-person.store.ts',
    // Counts what is due in the one statement behind `/stats`.
    'src/orders/orders.feature.ts',
  ],
  feature_work: ['src/platform/features/feature-work.store.ts'],
  accounts: [
    'src/accounts/account.store.ts',
    'src/accounts/account-list.store.ts',
    'src/accounts/account-person.store.ts',
    // Counts what is due in the one statement behind `/stats`.
    'src/accounts/accounts.feature.ts',
  ],
  account_words: ['src/accounts/account-word.store.ts'],
  dunned_orders: ['src/notifications/reminders/dunning.store.ts'],
  subscriptions: [
    'src/subscriptions/subscription.store.ts',
    'src/subscriptions/sending-progress.store.ts',
    'src/subscriptions/subscription-secret.store.ts',
    // Deletes the dispatches of subscriptions that were deleted.
    'src/subscriptions/dispatch-list.store.ts',
    'src/subscriptions/subscriptions.feature.ts',
    'src/subscriptions/subscription-gauges.ts',
  ],
  dispatches: [
    'src/subscriptions/dispatch.store.ts',
    'src/subscriptions/dispatch-list.store.ts',
    'src/subscriptions/subscriptions.feature.ts',
    'src/subscriptions/subscription-gauges.ts',
  ],
  dispatch_runner: ['src/subscriptions/sending-progress.store.ts'],
  'secret_uses|installation': ['src/webhooks/secrets/secret-usage.store.ts'],
  ledger_entries: [
    'src/ledger/ledger-entry.store.ts',
    'src/ledger/ledger-check.store.ts',
    'src/ledger/api/ledger-list.store.ts',
  ],
  ledger_accounts: [
    'src/ledger/ledger-account.store.ts',
    // Each joins the entries with their accounts.
    'src/ledger/ledger-entry.store.ts',
    'src/ledger/ledger-check.store.ts',
    'src/ledger/api/ledger-list.store.ts',
  ],
};

/** How the names of the entities of these tables begin. */
const MODELS: Readonly<Record<string, string>> = {
  'payments|payment_reports': 'Payment',
  deliveries: 'Delivery\\b',
  delivery_work: 'DeliveryWork',
  orders: 'Order\\b',
  feature_work: 'FeatureWork',
  accounts: 'CustomerAccount\\b',
  account_words: 'AccountWord\\b',
  dunned_orders: 'DunnedOrder',
  'refusals|refusal_counts': 'Refusal',
  'secret_uses|installation': '(?:SecretUse|Installation)',
  subscriptions: 'Subscription\\b',
  dispatches: 'Dispatch\\b',
  ledger_entries: 'LedgerEntry',
  ledger_accounts: 'LedgerAccount',
};

const production = readdirSync(join(PROJECT, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts') && !path.endsWith('.spec.ts') && !path.startsWith('schema/'))
  .filter((path) => !path.includes('/migrations/'))
  .map((path) => `src/${path}`);

it.each(Object.entries(OWNERS))(
  'statements on %s stand in the files that own them, and in each',
  (tables, owners) => {
    const statement = new RegExp(
      String.raw`\b(?:FROM|JOIN|INTO|UPDATE|createBulkInsert\()\s*'?(?:${tables})\b`,
    );
    const entity = MODELS[tables];
    const model = new RegExp(
      String.raw`getRepository\(${entity}|manager\.(?:find|findOneBy|update|delete)\(${entity}`,
    );
    const found = production.filter((path) => {
      const text = readFileSync(join(PROJECT, path), 'utf8');
      return statement.test(text) || model.test(text);
    });
    expect(found.toSorted()).toEqual(owners.toSorted());
  },
);
