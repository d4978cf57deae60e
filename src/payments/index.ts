/** What other modules may know of payments. */
export * from './recording/changed-payments.js';
export {
  anyErased,
  CustomerFacts,
  erasedAmong,
  erasedNamed,
  type GatewayOrder,
} from './privacy/customer-data.js';
export * from './report/money.js';
export * from './report/payment-report.js';
export * from './recording/payment.entity.js';
export * from './payment.events.js';
export { PaymentsRebuild, type RebuildSummary } from './rebuild/payments-rebuild.js';
export type { Difference } from './rebuild/differences.js';
export type { ReportSources, SourcePage, SourceReading } from './rebuild/report-sources.js';
export type { FoundPayments } from './privacy/customer-search.js';
export type { PaymentNames, PaymentTraces } from './privacy/customer-traces.js';
export { mentionOf, type Person } from './privacy/data-subject.js';
export type { PaymentState, PaymentStatus } from './projection/state-transitions.js';
