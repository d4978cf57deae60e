import { ApiProperty } from '@nestjs/swagger';
import { maskCardNumbers } from '../../platform/logging/card-numbers.js';
import { pageViewOf } from '../../platform/http/page.js';
import {
  ACCOUNT,
  AMOUNT,
  CURRENCY,
  DATE_TIME,
  GATEWAY,
  orNull,
  textOrNull,
  UUID,
} from '../../platform/http/schema-types.js';
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

/* What the read API shows. Amounts are strings of minor units, times ISO 8601 in UTC. Card-like numbers are masked in
   free text; ids are shown unmasked, because an operator looks them up at the gateway. */

export class RefundView {
  @ApiProperty({ example: 're_1' }) id!: string;
  @ApiProperty({ ...orNull(AMOUNT), example: '2500' }) amount!: string | null;
  @ApiProperty({ enum: ['pending', 'succeeded', 'failed', 'canceled'], example: 'succeeded' })
  status!: string;
  @ApiProperty(DATE_TIME) createdAt!: string;
}

export class FeeView {
  @ApiProperty({ ...AMOUNT, example: '320' }) amount!: string;
  @ApiProperty(CURRENCY) currency!: string;
}

export class CaptureView {
  @ApiProperty({ example: 'cap_1' }) id!: string;
  @ApiProperty(orNull(AMOUNT)) amount!: string | null;
  @ApiProperty({ enum: ['succeeded', 'pending', 'failed', 'reversed'] }) status!: string;
}

export class DisputeView {
  @ApiProperty({ example: 'dp_1' }) id!: string;
  @ApiProperty({ ...orNull(AMOUNT), example: '0' }) amount!: string | null;
  @ApiProperty({ enum: ['open', 'won', 'lost', 'closed'], example: 'won' }) status!: string;
  @ApiProperty(textOrNull('fraudulent')) reason!: string | null;
}

export class FailureView {
  @ApiProperty(textOrNull('insufficient_funds')) code!: string | null;
  @ApiProperty(textOrNull('Your card has insufficient funds.', 'The gateway’s own words')) message!:
    string | null;
  @ApiProperty(textOrNull('ch_1', 'Which attempt failed')) attemptId!: string | null;
}

export class CustomerView {
  @ApiProperty(textOrNull('cus_1')) id!: string | null;
  @ApiProperty(textOrNull('asha@example.com')) email!: string | null;
  @ApiProperty(textOrNull('+919876512345')) phone!: string | null;
  @ApiProperty(textOrNull('Asha Rao')) name!: string | null;
  @ApiProperty(textOrNull('en')) locale!: string | null;
}

export class TimelineEntryView {
  @ApiProperty({ example: 'evt_1' }) eventId!: string;
  @ApiProperty({ description: 'In the gateway’s words', example: 'payment.updated' }) type!: string;
  @ApiProperty({ enum: REPORT_KINDS, example: 'succeeded' }) kind!: ReportKind;
  @ApiProperty({ ...DATE_TIME, description: 'By the gateway' }) occurredAt!: string;
  @ApiProperty(DATE_TIME) receivedAt!: string;
  @ApiProperty({ description: 'A causally newer report was received before this one', example: false })
  late!: boolean;
  @ApiProperty({ enum: ['applied', 'superseded', 'refused'] }) outcome!: Outcome;
  @ApiProperty({ ...UUID, description: 'The delivery that the report comes from' }) deliveryId!: string;
}

export class PaymentSummaryView {
  @ApiProperty(UUID) id!: string;
  @ApiProperty(GATEWAY) gateway!: string;
  @ApiProperty(ACCOUNT) account!: string;
  @ApiProperty({ example: 'pay_1' }) gatewayPaymentId!: string;
  @ApiProperty({ ...textOrNull('order_1'), example: null }) gatewayOrderId!: string | null;
  @ApiProperty(textOrNull('ord_1', 'The merchant’s order id; the gateway’s where the merchant named none'))
  orderId!: string | null;
  @ApiProperty({ enum: ['live', 'test'] }) mode!: string;
  @ApiProperty({
    enum: PAYMENT_STATUSES,
    example: 'partially_refunded',
    description: 'The state, and what came of refunds and disputes',
  })
  status!: PaymentStatus;
  @ApiProperty({ enum: PAYMENT_STATES, example: 'succeeded' }) state!: PaymentState;
  @ApiProperty(orNull(CURRENCY)) currency!: string | null;
  @ApiProperty({ ...orNull(AMOUNT), description: 'In minor units, as every amount; null until it is known' })
  amount!: string | null;
  @ApiProperty(orNull(AMOUNT)) amountCaptured!: string | null;
  @ApiProperty({ ...AMOUNT, example: '2500' }) amountRefunded!: string;
  @ApiProperty({ ...AMOUNT, example: '0' }) amountDisputed!: string;
  @ApiProperty({ ...AMOUNT, example: '0', description: 'Captured, and taken back afterwards' })
  amountReversed!: string;
  @ApiProperty({ type: FeeView, nullable: true }) fee!: FeeView | null;
  @ApiProperty({ ...textOrNull('acct_1', 'Where one endpoint serves several merchants'), example: null })
  merchant!: string | null;
  @ApiProperty({ type: [CaptureView], description: 'Empty where the gateway gives captures no ids' })
  captures!: CaptureView[];
  @ApiProperty({ type: [RefundView] }) refunds!: RefundView[];
  @ApiProperty({ type: [DisputeView] }) disputes!: DisputeView[];
  @ApiProperty({ type: FailureView, nullable: true, description: 'The newest failed attempt' })
  failure!: FailureView | null;
  @ApiProperty({ type: CustomerView }) customer!: CustomerView;
  @ApiProperty({ ...DATE_TIME, description: 'The earliest `occurredAt`' }) createdAt!: string;
  @ApiProperty({ ...DATE_TIME, description: 'By the clock of this service' }) updatedAt!: string;
}

export class PaymentView extends PaymentSummaryView {
  @ApiProperty({ description: 'There are more than the newest 200 entries', example: false })
  timelineTruncated!: boolean;
  @ApiProperty({ type: [TimelineEntryView], description: 'In causal order' }) timeline!: TimelineEntryView[];
}

export class PaymentPageView extends pageViewOf(PaymentSummaryView) {}

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
