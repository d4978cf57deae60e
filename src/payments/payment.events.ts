import { type DataSchema, DomainEvent } from '../platform/events/domain-event.js';
import { shownAs } from '../platform/events/shown-as.js';
import type { MoneyFacts, RefundFacts } from './projection/money-facts.js';
import type { PaymentOrder } from './projection/payment-order.js';
import type { PaymentEventName } from './projection/payment-changes.js';
import type {
  MinorUnits,
  Mode,
  PaymentReport,
  ReportedFailure,
  ReportedFee,
  ReportKind,
} from './report/payment-report.js';
import {
  PAYMENT_STATES,
  PAYMENT_STATUSES,
  type PaymentState,
  type PaymentStatus,
} from './projection/state-transitions.js';

/** A translated report on its way from a delivery to its payment. It is applied in the transaction that publishes it. */
export class PaymentReported extends DomainEvent<{
  gateway: string;
  account: string;
  deliveryId: string;
  /** Unique within the payment. It is made of signed bytes only. */
  key: string;
  eventId: string;
  receivedAt: Date;
  /** The delivery is processed again. This report replaces the one that was translated before. */
  replay: boolean;
  report: PaymentReport;
}> {
  static override readonly eventName = 'payment.reported';
}

/** The kind of a report that is part of a change. */
export interface ReportedKind {
  kind: ReportKind;
  /** The report came by a replay without alerts. */
  silent: boolean;
}

/**
 * A payment was written: anything of it may be different, also what no event of its own tells, such as its order. Not stored:
 * it is handled in the transaction that writes the payment (`TransactionHandler`).
 */
export class PaymentChanged extends DomainEvent<{
  /** The order that the payment belonged to, where it belongs to another one now; else null. */
  previousOrder: PaymentOrder | null;
  /** What the reports said that are new in this change, each kind once or, where only some are silent, twice. */
  reported: readonly ReportedKind[];
}> {
  static override readonly eventName = 'payment.changed';
}

/**
 * A feature knows another customer of the payments of an order than before (`PayhookFeature.findCustomerIds`). The subject is
 * the feature's id of the order. Not stored: it is handled in the transaction that makes it true (`TransactionHandler`).
 */
export class OrderCustomerChanged extends DomainEvent<{ order: PaymentOrder }> {
  static override readonly eventName = 'order.customer_changed';
}

/** A payment after a change, without personal data. A handler that needs the customer's contact reads it itself. */
export interface PaymentSnapshot {
  paymentId: string;
  gateway: string;
  account: string;
  gatewayPaymentId: string;
  gatewayOrderId: string | null;
  /** The merchant's order, or the gateway's where the merchant gave none. */
  orderId: string | null;
  /** The merchant of the payment, where one endpoint serves several merchants. */
  merchant: string | null;
  mode: Mode;
  state: PaymentState;
  status: PaymentStatus;
  currency: string | null;
  amount: MinorUnits | null;
  amountCaptured: MinorUnits | null;
  amountRefunded: MinorUnits;
  amountDisputed: MinorUnits;
  amountReversed: MinorUnits;
  fee: ReportedFee | null;
  failure: ReportedFailure | null;
  /** When the causing report happened, by the gateway's clock (ISO 8601). */
  occurredAt: string;
}

/** What most snapshots say in these fields. */
const SNAPSHOT_DEFAULTS: Partial<PaymentSnapshot> = {
  gatewayOrderId: null,
  merchant: null,
  amountRefunded: '0',
  amountDisputed: '0',
  amountReversed: '0',
  fee: null,
  failure: null,
};

const { about, amount, currency, list, object, oneOf, orNull, text, time, uuid } = shownAs;

const MONEY = {
  status: oneOf(PAYMENT_STATUSES),
  currency: orNull(currency),
  amount: orNull(amount),
  amountCaptured: about(orNull(amount), 'Null until a figure is told'),
  amountRefunded: amount,
  amountDisputed: amount,
  amountReversed: amount,
  fee: orNull(object({ amount, currency })),
} as const;

/** The words of a failure are the gateway's, and may hold personal data. */
const SHOWN: Readonly<Record<keyof PaymentSnapshot, DataSchema>> = {
  paymentId: uuid,
  gateway: text,
  account: text,
  gatewayPaymentId: text,
  gatewayOrderId: orNull(text),
  orderId: about(orNull(text), "The merchant's order, or the gateway's where the merchant gave none"),
  merchant: about(orNull(text), 'Where one endpoint serves several merchants'),
  mode: oneOf(['live', 'test']),
  state: oneOf(PAYMENT_STATES),
  ...MONEY,
  failure: orNull(object({ code: orNull(text), attemptId: orNull(text) })),
  occurredAt: about(time, "When it happened, by the gateway's clock"),
};

/** Times of refunds are left out: `GET /payments/:id` has them. */
const REFUNDS = list(object({ id: text, amount: orNull(amount), status: text }));

const MONEY_FACTS = object({
  ...MONEY,
  captures: list(object({ id: text, amount: orNull(amount), status: text })),
  refunds: REFUNDS,
  disputes: list(object({ id: text, amount: orNull(amount), status: text, reason: orNull(text) })),
});

/** An event whose payload begins with a snapshot of the payment. */
abstract class PaymentEvent<Payload extends PaymentSnapshot = PaymentSnapshot> extends DomainEvent<Payload> {
  static override readonly defaults = SNAPSHOT_DEFAULTS;
  static override readonly shown: Readonly<Record<string, DataSchema>> = SHOWN;
}

/** A payment with those refunds that a change added or moved on. */
export interface PaymentRefund extends PaymentSnapshot {
  /** Absent where the gateway told only a total, and in events that version 0.1 stored. */
  refunds?: readonly RefundFacts[];
}

/** A payment with its money facts before and after a change. */
export interface PaymentAmendment extends PaymentSnapshot {
  before: MoneyFacts;
  after: MoneyFacts;
}

export class PaymentCreated extends PaymentEvent {
  static override readonly eventName = 'payment.created';
}
export class PaymentAuthorized extends PaymentEvent {
  static override readonly eventName = 'payment.authorized';
}
export class PaymentSucceeded extends PaymentEvent {
  static override readonly eventName = 'payment.succeeded';
}
/** Published once for each failed attempt that is the payment's state when its report is applied. */
export class PaymentFailed extends PaymentEvent {
  static override readonly eventName = 'payment.failed';
}
export class PaymentCanceled extends PaymentEvent {
  static override readonly eventName = 'payment.canceled';
}
/** Published each time the refunded amount grows by a refund that was not published before. */
export class PaymentRefunded extends PaymentEvent<PaymentRefund> {
  static override readonly eventName = 'payment.refunded';
  static override readonly shown = {
    ...SHOWN,
    refunds: about(
      orNull(REFUNDS),
      'Those that the change added or moved on; null where only a total was told',
    ),
  };
}
export class PaymentDisputed extends PaymentEvent {
  static override readonly eventName = 'payment.disputed';
}
/** The payment was authorized or succeeded after a failure was published. */
export class PaymentRecovered extends PaymentEvent {
  static override readonly eventName = 'payment.recovered';
}
/** Captured money was reversed. Replaces `payment.failed` where nothing captured is left. */
export class PaymentReversed extends PaymentEvent {
  static override readonly eventName = 'payment.reversed';
}
/** Money facts changed and no other event shows the change. A rebuild publishes only this event, and silently. */
export class PaymentAmended extends PaymentEvent<PaymentAmendment> {
  static override readonly eventName = 'payment.amended';
  static override readonly shown = { ...SHOWN, before: MONEY_FACTS, after: MONEY_FACTS };
}

/** The class of each event by its name, for events whose payload is a snapshot alone. */
export const PAYMENT_EVENTS = {
  'payment.created': PaymentCreated,
  'payment.authorized': PaymentAuthorized,
  'payment.succeeded': PaymentSucceeded,
  'payment.failed': PaymentFailed,
  'payment.canceled': PaymentCanceled,
  'payment.refunded': PaymentRefunded,
  'payment.disputed': PaymentDisputed,
  'payment.recovered': PaymentRecovered,
  'payment.reversed': PaymentReversed,
} as const satisfies Record<Exclude<PaymentEventName, 'payment.amended'>, unknown>;

/** Every event about payments, for a handler that follows whatever happens to a payment. */
export const ALL_PAYMENT_EVENTS = [...Object.values(PAYMENT_EVENTS), PaymentAmended] as const;
