/** What other features may import from payments. */
export {
  findCustomerIds,
  findCustomersOfPayments,
  type CustomerOfPayment,
  findErasedKeys,
  findErasedMentions,
  findErasures,
  hasErasedPayments,
  type GatewayOrder,
  type PaymentNames,
} from './recording/customer-data.store.js';
export * from './recording/payment-facts.store.js';
export { findPaymentMoments, type PaymentMoment } from './recording/payment-moments.js';
export {
  findPaymentIds,
  findPaymentIdsAfter,
  findPaymentsChangedInTransaction,
} from './recording/payment.store.js';
export {
  findPaymentsWithOrder,
  findUnfinishedPayments,
  type AskablePayment,
  type PaymentChunk,
} from './recording/payment-question.store.js';
export { findOnlyMerchant } from './recording/told-merchant.store.js';
export { compareReports, type ReportComparison } from './recording/report-comparison.js';
export type { FactChange } from './projection/fact-changes.js';
export { findMedianDelay } from './recording/report-delay.store.js';
export { findProcessedTimes } from './recording/payment-report.store.js';
export { CustomerData } from './privacy/customer-data.js';
export type { FoundPayments } from './privacy/customer-search.js';
export type { PaymentTraces } from './privacy/customer-traces.js';
export { mentionMatcher, type DataSubject } from './privacy/data-subject.js';
export * from './report/money.js';
export { matchesIdentifier, parseIdentifier, type Identifier } from './report/customer-identifier.js';
export { phoneTail, phoneTailSql } from './report/phone.js';
export * from './report/failure-reason.js';
export * from './report/payment-report.js';
export * from './recording/payment.entity.js';
export * from './payment.events.js';
export { paymentsFeature } from './payments.feature.js';
export type { OrderedReport } from './projection/causal-order.js';
export { foldReports } from './projection/projection.js';
export { nextAttemptSql } from './recording/stored-fold.js';
export { effectiveCaptured, isWhollyRefunded } from './projection/effective-captured.js';
export { orderOfPayment, type OrderIds, type PaymentOrder } from './projection/payment-order.js';
export { changedRefunds, type MoneyFacts, type RefundFacts } from './projection/money-facts.js';
export type { PaymentEventName } from './projection/payment-changes.js';
export type { PaymentState, PaymentStatus } from './projection/state-transitions.js';
export { PaymentsRebuild, type RebuildSummary } from './rebuild/payments-rebuild.js';
export type { Difference } from './rebuild/differences.js';
export type { ReportSource, SourcePage, SourceReading } from './rebuild/report-sources.js';
export { PaymentsQuery } from './api/payments.query.js';
export { PaymentsReader } from './api/payments.reader.js';
export type { CustomerView, PaymentPageView, PaymentSummaryView, PaymentView } from './api/payment.view.js';
