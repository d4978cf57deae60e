import { ApiProperty } from '@nestjs/swagger';
import { maskCardNumbers } from '../../platform/logging/card-numbers.js';
import { PaymentReportRow } from '../recording/payment-report.entity.js';
import type { ReportKind } from '../report/payment-report.js';
import { REPORT_KINDS } from '../report/payment-report.js';
import type { Payment } from '../recording/payment.entity.js';
import {
  PAYMENT_STATES,
  PAYMENT_STATUSES,
  type Outcome,
  type PaymentState,
  type PaymentStatus,
} from '../projection/state-transitions.js';

/* What the read API shows. Amounts are strings of minor units, times ISO 8601 in UTC. Free text has its card-like
   numbers masked; ids are shown as they are, so that they can be looked up. */

export class RefundView {
  @ApiProperty() id!: string;
  @ApiProperty({ type: String, nullable: true }) amount!: string | null;
  @ApiProperty({ enum: ['pending', 'succeeded', 'failed', 'canceled'] }) status!: string;
  @ApiProperty() createdAt!: string;
}

export class FeeView {
  @ApiProperty() amount!: string;
  @ApiProperty() currency!: string;
}

export class CaptureView {
  @ApiProperty() id!: string;
  @ApiProperty({ type: String, nullable: true }) amount!: string | null;
  @ApiProperty({ enum: ['succeeded', 'pending', 'failed', 'reversed'] }) status!: string;
}

export class DisputeView {
  @ApiProperty() id!: string;
  @ApiProperty({ type: String, nullable: true }) amount!: string | null;
  @ApiProperty({ enum: ['open', 'won', 'lost', 'closed'] }) status!: string;
  @ApiProperty({ type: String, nullable: true }) reason!: string | null;
}

export class FailureView {
  @ApiProperty({ type: String, nullable: true }) code!: string | null;
  @ApiProperty({ type: String, nullable: true, description: 'The gateway’s own words' }) message!:
    string | null;
  @ApiProperty({ type: String, nullable: true }) attemptId!: string | null;
}

export class CustomerView {
  @ApiProperty({ type: String, nullable: true }) id!: string | null;
  @ApiProperty({ type: String, nullable: true }) email!: string | null;
  @ApiProperty({ type: String, nullable: true }) phone!: string | null;
  @ApiProperty({ type: String, nullable: true }) name!: string | null;
  @ApiProperty({ type: String, nullable: true }) locale!: string | null;
}

export class TimelineEntryView {
  @ApiProperty() eventId!: string;
  @ApiProperty({ description: 'In the gateway’s words' }) type!: string;
  @ApiProperty({ enum: REPORT_KINDS }) kind!: ReportKind;
  @ApiProperty() occurredAt!: string;
  @ApiProperty() receivedAt!: string;
  @ApiProperty({ description: 'Came after a causally newer one' }) late!: boolean;
  @ApiProperty({ enum: ['applied', 'superseded', 'refused'] }) outcome!: Outcome;
  @ApiProperty() deliveryId!: string;
}

export class PaymentSummaryView {
  @ApiProperty() id!: string;
  @ApiProperty() gateway!: string;
  @ApiProperty() account!: string;
  @ApiProperty() gatewayPaymentId!: string;
  @ApiProperty({ type: String, nullable: true }) gatewayOrderId!: string | null;
  @ApiProperty({ type: String, nullable: true, description: 'The merchant’s, else the gateway’s' }) orderId!:
    string | null;
  @ApiProperty({ enum: ['live', 'test'] }) mode!: string;
  @ApiProperty({ enum: PAYMENT_STATUSES }) status!: PaymentStatus;
  @ApiProperty({ enum: PAYMENT_STATES }) state!: PaymentState;
  @ApiProperty({ type: String, nullable: true }) currency!: string | null;
  @ApiProperty({ type: String, nullable: true }) amount!: string | null;
  @ApiProperty({ type: String, nullable: true }) amountCaptured!: string | null;
  @ApiProperty() amountRefunded!: string;
  @ApiProperty() amountDisputed!: string;
  @ApiProperty({ description: 'Captured, and gone again' }) amountReversed!: string;
  @ApiProperty({ type: FeeView, nullable: true }) fee!: FeeView | null;
  @ApiProperty({ type: String, nullable: true, description: 'Where one endpoint serves several' }) merchant!:
    string | null;
  @ApiProperty({ type: [CaptureView], description: 'Empty where the gateway gives captures no ids' })
  captures!: CaptureView[];
  @ApiProperty({ type: [RefundView] }) refunds!: RefundView[];
  @ApiProperty({ type: [DisputeView] }) disputes!: DisputeView[];
  @ApiProperty({ type: FailureView, nullable: true }) failure!: FailureView | null;
  @ApiProperty({ type: CustomerView }) customer!: CustomerView;
  @ApiProperty() createdAt!: string;
  @ApiProperty() updatedAt!: string;
}

export class PaymentView extends PaymentSummaryView {
  @ApiProperty({ description: 'There are more than the newest 200 entries' }) timelineTruncated!: boolean;
  @ApiProperty({ type: [TimelineEntryView], description: 'In causal order' }) timeline!: TimelineEntryView[];
}

export class PaymentPageView {
  @ApiProperty({ type: [PaymentSummaryView] }) items!: PaymentSummaryView[];
  @ApiProperty({ type: String, nullable: true }) nextCursor!: string | null;
}

export function toSummaryView(payment: Payment): PaymentSummaryView {
  return {
    id: payment.id,
    gateway: payment.gateway,
    account: payment.account,
    gatewayPaymentId: payment.gatewayPaymentId,
    gatewayOrderId: payment.gatewayOrderId,
    orderId: payment.orderId ?? payment.gatewayOrderId,
    mode: payment.mode,
    status: payment.status,
    state: payment.state,
    currency: payment.currency,
    amount: payment.amount,
    amountCaptured: payment.amountCaptured,
    amountRefunded: payment.amountRefunded,
    amountDisputed: payment.amountDisputed,
    amountReversed: payment.amountReversed,
    fee: payment.fee && { amount: payment.fee.amount, currency: payment.fee.currency },
    merchant: payment.merchant,
    captures: payment.captures.map(({ id, amount, status }) => ({ id, amount, status })),
    refunds: payment.refunds.map((refund) => ({
      ...refund,
      createdAt: new Date(refund.createdAt).toISOString(),
    })),
    disputes: payment.disputes.map((dispute) => ({ ...dispute, reason: masked(dispute.reason) })),
    failure: payment.failure && {
      ...payment.failure,
      code: masked(payment.failure.code),
      message: masked(payment.failure.message),
    },
    customer: {
      id: masked(payment.customerId),
      email: masked(payment.customerEmail),
      phone: masked(payment.customerPhone),
      name: masked(payment.customerName),
      locale: masked(payment.customerLocale),
    },
    createdAt: payment.createdAt.toISOString(),
    updatedAt: payment.updatedAt.toISOString(),
  };
}

const masked = (text: string | null): string | null => text && maskCardNumbers(text);

export function toTimelineEntryView(report: PaymentReportRow): TimelineEntryView {
  return {
    eventId: report.eventId,
    type: report.type,
    kind: report.kind,
    occurredAt: report.occurredAt.toISOString(),
    receivedAt: report.receivedAt.toISOString(),
    late: report.late,
    outcome: report.outcome,
    deliveryId: report.deliveryId,
  };
}
