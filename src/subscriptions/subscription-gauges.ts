import { type FeatureGauge, LOG_HEAD_SQL, waitSinceSql } from '../feature.js';
import { SUBSCRIPTION_STATUSES } from './subscription.entity.js';

const ACTIVE = `subscriptions WHERE status = 'active'`;
/** Paused and unconfirmed ones too: events are kept for them, and removed by age all the same. */
const BEGUN = `subscriptions WHERE status <> 'ended' AND position IS NOT NULL`;

/**
 * What operators watch. There are at most 100 subscriptions, and of dispatches one row of each is read. None has an id or a URL
 * as a label: `GET /subscriptions` says which subscriber it is.
 */
export const subscriptionGauges: readonly FeatureGauge[] = [
  {
    name: 'payhook_subscriptions',
    help: 'Subscriptions by their status',
    label: 'status',
    sql: `SELECT name AS status, count(known.id) AS value
      FROM unnest(ARRAY['${SUBSCRIPTION_STATUSES.join(`', '`)}']) AS name
      LEFT JOIN subscriptions known ON known.status = name GROUP BY name`,
  },
  {
    name: 'payhook_subscription_behind_events',
    help: 'Events of the log behind the place of the subscription that is farthest behind, of those that have not ended',
    sql: `SELECT coalesce(max((${LOG_HEAD_SQL}) - position), 0) AS value FROM ${BEGUN}`,
  },
  {
    name: 'payhook_subscription_behind_seconds',
    help: 'How long the oldest event has waited that a subscription was not tried with, paused and unconfirmed ones too; 0 where none waits',
    sql: `SELECT coalesce(max(wait.seconds), 0) AS value FROM (SELECT min(position) AS position FROM ${BEGUN}) AS last
      LEFT JOIN LATERAL (${waitSinceSql('last.position')}) AS wait ON true`,
  },
  {
    name: 'payhook_subscription_failing_seconds',
    help: 'How long the active subscription that fails longest has been without a success; 0 where none fails',
    sql: `SELECT coalesce(max(extract(epoch FROM now() - failing_since)), 0) AS value FROM ${ACTIVE}`,
  },
  {
    name: 'payhook_dispatch_oldest_pending_seconds',
    help: 'Age of the oldest dispatch of an active subscription that is neither delivered nor dead; 0 where there is none',
    sql: `SELECT coalesce(max(extract(epoch FROM now() - oldest.created_at)), 0) AS value
      FROM (SELECT id FROM ${ACTIVE}) AS known
      CROSS JOIN LATERAL (SELECT created_at FROM dispatches
        WHERE subscription_id = known.id AND status = 'pending' ORDER BY dispatches.id LIMIT 1) AS oldest`,
  },
];
