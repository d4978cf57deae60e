/** What the application may use of subscriptions. */
export { subscriptionsFeature } from './subscriptions.feature.js';
