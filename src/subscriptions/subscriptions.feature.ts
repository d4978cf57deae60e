import { LOG_HEAD_SQL, type PayhookFeature } from '../feature.js';
import { DispatchRunner } from './dispatch-runner.entity.js';
import { Dispatch } from './dispatch.entity.js';
import { clearAnswers, expireAnswers } from './dispatch-list.store.js';
import { faultOfNetworks, SANDBOX_NETWORKS } from './guard/networks.js';
import { Subscriptions1765160000000 } from './migrations/1765160000000-subscriptions.js';
import { DEFAULT_SCHEDULE, faultOfSchedule } from './rules/retry-schedule.js';
import { reencryptSecrets } from './sending/subscription-secrets.js';
import { Subscription } from './subscription.entity.js';
import { subscriptionGauges } from './subscription-gauges.js';
import { subscriptionJobs } from './subscription-jobs.js';
import { SubscriptionsModule } from './subscriptions.module.js';

/** Subscriptions: other systems are told of events, by signed webhooks. */
export const subscriptionsFeature: PayhookFeature = {
  name: 'subscriptions',
  entities: [Subscription, Dispatch, DispatchRunner],
  migrations: [Subscriptions1765160000000],
  imports: [SubscriptionsModule],
  jobs: subscriptionJobs,
  settings: {
    SUBSCRIPTION_NETWORKS: {
      kind: 'text',
      fault: faultOfNetworks,
      default: '',
      sandboxDefault: SANDBOX_NETWORKS,
    },
    SUBSCRIPTION_RETRY_SECONDS: { kind: 'text', fault: faultOfSchedule, default: DEFAULT_SCHEDULE },
  },
  erase: (manager, { paymentIds, identifiers }) => clearAnswers(manager, paymentIds, identifiers),
  retain: expireAnswers,
  reencrypt: reencryptSecrets,
  // A subscription that has events to read counts once, as what it wants of them is known only when they are read.
  pending: `
    SELECT (SELECT count(*) FROM subscriptions WHERE status = 'active' AND position < (${LOG_HEAD_SQL}))
        + (SELECT count(*) FROM subscriptions WHERE redeliver_after IS NOT NULL AND status = 'active')
        + (SELECT count(*) FROM subscriptions WHERE challenge_due_at <= now() AND status = 'unconfirmed')
        + (SELECT count(*) FROM subscriptions one JOIN dispatches sent ON sent.subscription_id = one.id
             AND sent.status = 'pending' AND sent.due_at <= now() WHERE one.status = 'active') AS pending,
      (SELECT count(*) FROM subscriptions WHERE challenge_due_at > now() AND status = 'unconfirmed')
        + (SELECT count(*) FROM subscriptions one JOIN dispatches sent ON sent.subscription_id = one.id
             AND sent.status = 'pending' AND (sent.due_at IS NULL OR sent.due_at > now() OR one.status = 'paused')
           WHERE one.status IN ('active', 'paused')) AS scheduled,
      (SELECT count(*) FROM dispatches WHERE status = 'dead') AS dead,
      (SELECT count(*) FROM subscriptions WHERE status = 'paused') AS paused`,
  counts: { paused: 'subscriptions that are sent nothing until an operator resumes them' },
  gauges: subscriptionGauges,
};
