/** What other modules may know of payments. */
export * from './recording/changed-payments.js';
export {
  hasErasedPayments,
  CustomerData,
  findErasedKeys,
  findErasedMentions,
  type GatewayOrder,
} from './privacy/customer-data.js';
export * from './report/money.js';
export * from './report/payment-report.js';
export * from './recording/payment.entity.js';
export * from './payment.events.js';
export { PaymentsRebuild, type RebuildSummary } from './rebuild/payments-rebuild.js';
export type { Difference } from './rebuild/differences.js';
export type { ReportSource, SourcePage, SourceReading } from './rebuild/report-sources.js';
export type { FoundPayments } from './privacy/customer-search.js';
export type { PaymentNames, PaymentTraces } from './privacy/customer-traces.js';
export { mentionMatcher, type DataSubject } from './privacy/data-subject.js';
export type { PaymentState, PaymentStatus } from './projection/state-transitions.js';
