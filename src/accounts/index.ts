/** What the application and other features may use of customer accounts. */
export * from './account.events.js';
export { accountsFeature } from './accounts.feature.js';
export type { AccountStatus } from './status/account-status.js';
