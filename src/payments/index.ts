/** What other modules may know of payments. */
export * from './payment-report.js';
export * from './money.js';
