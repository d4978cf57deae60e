/** What the application may use of subscriptions. */
export { subscriptionsFeature } from './subscriptions.feature.js';
export { challengeSchemas, subscriptionWebhooks } from './api/sent-webhooks.js';
