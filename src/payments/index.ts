/** What other modules may know of payments. */
export * from './changed-payments.js';
export * from './money.js';
export * from './payment-report.js';
export * from './payment.entity.js';
export * from './payment.events.js';
export type { PaymentState, PaymentStatus } from './status-table.js';
