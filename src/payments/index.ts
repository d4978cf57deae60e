/** What other modules may know of payments. */
export { CustomerFacts, erasedAmong, type GatewayOrder } from './customer-facts.js';
export * from './money.js';
export * from './payment-report.js';
export * from './payment.entity.js';
export * from './payment.events.js';
export { mentionOf, type Person } from './person.js';
export type { PaymentState, PaymentStatus } from './status-table.js';
