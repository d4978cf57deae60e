/**
 * What a feature is built with: orders, books, or what a team adds from outside. The features of `src` import nothing else
 * of Payhook, and `payhook` publishes all of it.
 */
export {
  type DataSchema,
  DomainEvent,
  type DomainEventClass,
  type DomainEventHandler,
  type TransactionHandler,
} from './platform/events/domain-event.js';
export { EventPublisher } from './platform/events/event-publisher.js';
export { EventCatalog } from './platform/events/log/event-catalog.js';
export {
  EventLog,
  type EventPage,
  EventsExpiredError,
  type LoggedEvent,
  type PublishedEvent,
  type ReadEvents,
} from './platform/events/log/event-log.js';
export { LOG_HEAD_SQL, waitSinceSql } from './platform/events/log/event-log-page.store.js';
export { EVENT_CUSTOMER } from './platform/events/message-schema.js';
export { shownAs } from './platform/events/shown-as.js';
export { WiringError } from './platform/events/handler-registry.js';
export { type AnyDomainEventClass, OnDomainEvent } from './platform/events/on-domain-event.decorator.js';
export * from './payments/payment.events.js';
export {
  type CustomerOfPayment,
  effectiveCaptured,
  exponentOf,
  findCustomerIds,
  findCustomersOfPayments,
  findErasures,
  findNewestReportOfEachKind,
  findOrderIdsOfPayments,
  findOrdersOfPayments,
  findPaymentFacts,
  findPaymentFactsAfter,
  findPaymentFactsOfOrders,
  findPaymentIdsOfOrder,
  findPaymentsOfOrders,
  findPaymentMoments,
  matchesIdentifier,
  parseIdentifier,
  phoneTail,
  phoneTailSql,
  type MinorUnits,
  type Mode,
  type MoneyFacts,
  type OrderIds,
  orderOfPayment,
  type PaymentFacts,
  type PaymentInOrder,
  type PaymentMoment,
  type PaymentOrder,
  type PaymentState,
  type PaymentStatus,
  type ReportKind,
  type ReportOfKind,
} from './payments/index.js';
export {
  type CustomerContact,
  type Erasure,
  type FeatureContext,
  type FeatureGauge,
  type FeatureJob,
  FEATURE_SETTINGS,
  FEATURES,
  type OrderDebt,
  type OrderOfPayment,
  type PayhookFeature,
  type PaymentChange,
  type PaymentFollower,
  type PaymentOfOrder,
  type PaymentWorkItem,
  type SelectedChange,
} from './platform/features/feature.js';
export { createDueJob } from './platform/features/payment-jobs.js';
export { findNotedPayments, type NotedWork, noteWork } from './platform/features/feature-work.store.js';
export { OrderClosed } from './platform/features/order-closed.js';
export type {
  FeatureSetting,
  FeatureSettings,
  FeatureValue,
} from './platform/config/configurable-feature.js';
export { SecretCipher, SecretUnreadableError } from './platform/encryption/secret-cipher.js';
export { type NoticeContent, publishOperatorNotice } from './platform/notices/index.js';
export { ReportableError } from './platform/logging/reportable-error.js';
export { isOneOfSql } from './platform/database/check-sql.js';
export { createBulkInsert } from './platform/database/bulk-insert.js';
export { toArrayLiteral } from './platform/database/columns.js';
export { idsByNameSql, type MerchantName, toNameParameters } from './platform/database/ids-by-name.js';
export { lockForFeature } from './platform/database/advisory-locks.js';
export { KeyName, logOperatorAction, type OperatorAction } from './platform/http/operator-act.js';
export {
  type BodyFault,
  type BodyRule,
  faultAt,
  INVALID_MEMBERS,
  invalidMembers,
  MAX_SHOWN_NAME,
  textRule,
  unknownMembers,
} from './platform/http/body-faults.js';
export { MerchantPageQuery, MerchantScopeQuery } from './platform/http/merchant-scope.query.js';
export { JsonBody, ReadsJson } from './platform/http/json-body.js';
export { maskCardNumbers } from './platform/logging/card-numbers.js';
export { lowestIdAt, newId, timeOfId } from './platform/database/new-id.js';
export { type SentWebhooks, toSentWebhook } from './platform/http/sent-webhook.js';
export { ApiKeyGuard, RequireRole } from './platform/http/api-key.guard.js';
export { ApiProblems } from './platform/http/api-problems.decorator.js';
export { KeyedApi } from './platform/http/keyed-api.decorator.js';
export { type Page, PageQuery, pageViewOf, toPage } from './platform/http/page.js';
export { badRequest, notFound, Problem, problemOf, type ProblemDocument } from './platform/http/problem.js';
export { retryAfterIn } from './platform/http/retry-after.js';
export { BAD_REQUEST, BY_ID, NOT_FOUND, type ProblemType } from './platform/http/problem-types.js';
export {
  DateTimeFilter,
  FlagOfBody,
  IsDateTime,
  OneOfFilter,
  TextFilter,
  UuidFilter,
} from './platform/http/query-filters.js';
export {
  ACCOUNT,
  AMOUNT,
  COUNT,
  CURRENCY,
  DATE_TIME,
  GATEWAY,
  orNull,
  textOrNull,
  UUID,
} from './platform/http/schema-types.js';
