/** What the application and its commands may use of the ledger. */
export { bookAgain, checkLedger, type LedgerDifference, type LedgerSummary } from './check/ledger-check.js';
export { ledgerFeature } from './ledger.feature.js';
