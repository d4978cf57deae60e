import { DomainEvent } from '../platform/events/index.js';
import type {
  MinorUnits,
  Mode,
  PaymentReport,
  ReportedCapture,
  ReportedDispute,
  ReportedFailure,
  ReportedFee,
  ReportedRefund,
} from './report/payment-report.js';
import type { PaymentState, PaymentStatus } from './projection/state-transitions.js';

/** A translated report on its way from a delivery to its payment. Applied inside the commit that publishes it. */
export class PaymentReported extends DomainEvent<{
  gateway: string;
  account: string;
  deliveryId: string;
  /** Unique within the payment; made of signed bytes. */
  key: string;
  eventId: string;
  receivedAt: Date;
  /** The delivery is worked on again: what it was translated to before is replaced. */
  replay: boolean;
  report: PaymentReport;
}> {
  static override readonly eventName = 'payment.reported';
}

/** A payment as it stood after the change, without anything personal: handlers read the contact where they need it. */
export interface PaymentSnapshot {
  paymentId: string;
  gateway: string;
  account: string;
  gatewayPaymentId: string;
  gatewayOrderId: string | null;
  /** What the merchant said, else the gateway's own order. */
  orderId: string | null;
  /** Whose payment it is, where one endpoint serves several merchants. */
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
  /** When the causing report happened, by the gateway (ISO 8601). */
  occurredAt: string;
}

/** What a payment says of money, as its columns do. */
export interface MoneyFacts {
  status: PaymentStatus;
  currency: string | null;
  amount: MinorUnits | null;
  amountCaptured: MinorUnits | null;
  amountRefunded: MinorUnits;
  amountDisputed: MinorUnits;
  amountReversed: MinorUnits;
  fee: ReportedFee | null;
  captures: readonly ReportedCapture[];
  /** `createdAt` in milliseconds. */
  refunds: readonly (Pick<ReportedRefund, 'id' | 'amount' | 'status'> & { createdAt: number })[];
  disputes: readonly Pick<ReportedDispute, 'id' | 'amount' | 'status' | 'reason'>[];
}

/** Both sides of a change. */
export interface PaymentAmendment extends PaymentSnapshot {
  before: MoneyFacts;
  after: MoneyFacts;
}

export class PaymentCreated extends DomainEvent<PaymentSnapshot> {
  static override readonly eventName = 'payment.created';
}
export class PaymentAuthorized extends DomainEvent<PaymentSnapshot> {
  static override readonly eventName = 'payment.authorized';
}
export class PaymentSucceeded extends DomainEvent<PaymentSnapshot> {
  static override readonly eventName = 'payment.succeeded';
}
/** Once for each failed attempt that stands when it is told. */
export class PaymentFailed extends DomainEvent<PaymentSnapshot> {
  static override readonly eventName = 'payment.failed';
}
export class PaymentCanceled extends DomainEvent<PaymentSnapshot> {
  static override readonly eventName = 'payment.canceled';
}
/** Each time more was given back than before. */
export class PaymentRefunded extends DomainEvent<PaymentSnapshot> {
  static override readonly eventName = 'payment.refunded';
}
export class PaymentDisputed extends DomainEvent<PaymentSnapshot> {
  static override readonly eventName = 'payment.disputed';
}
/** Authorized or succeeded after a published failure. */
export class PaymentRecovered extends DomainEvent<PaymentSnapshot> {
  static override readonly eventName = 'payment.recovered';
}
/** Captured money went again: in place of `payment.failed` where nothing of it is left. */
export class PaymentReversed extends DomainEvent<PaymentSnapshot> {
  static override readonly eventName = 'payment.reversed';
}
/** Money facts changed in a way that no other name tells. A rebuild publishes this alone, and silently. */
export class PaymentAmended extends DomainEvent<PaymentAmendment> {
  static override readonly eventName = 'payment.amended';
}

/** Those that tell how the payment stands; `payment.amended` is built apart, as it tells both sides. */
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
} as const;
export type PaymentEventName = keyof typeof PAYMENT_EVENTS | 'payment.amended';
