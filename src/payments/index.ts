/** What other modules may know of payments. */
export * from './changed-payments.js';
export { anyErased, CustomerFacts, erasedAmong, erasedNamed, type GatewayOrder } from './customer-facts.js';
export * from './money.js';
export * from './payment-report.js';
export * from './payment.entity.js';
export * from './payment.events.js';
export { PaymentsRebuild, type RebuildSummary } from './rebuild/payments-rebuild.js';
export type { Difference } from './rebuild/differences.js';
export type { ReportSources, SourcePage, SourceReading } from './rebuild/report-sources.js';
export type { FoundPayments } from './customer-search.js';
export type { PaymentNames, PaymentTraces } from './customer-traces.js';
export { mentionOf, type Person } from './person.js';
export type { PaymentState, PaymentStatus } from './status-table.js';
