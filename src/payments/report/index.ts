/** The neutral words that gateways translate into. Nothing here needs the database. */
export * from './failure-reason.js';
export * from './money.js';
export * from './payment-report.js';
