import { Check, Column, Entity, PrimaryColumn, Unique } from 'typeorm';
import { isOneOfSql } from '../../platform/database/check-sql.js';
import {
  REPORT_KINDS,
  type PaymentReport,
  type ReportedDispute,
  type ReportedRefund,
  type ReportKind,
} from '../report/payment-report.js';
import { OUTCOMES, type Outcome } from '../projection/state-transitions.js';

/** The fields of a report that have no column of their own. They are stored together in the column `told`. */
export type ReportDetails = Omit<PaymentReport, 'gatewayPaymentId' | 'kind' | 'type' | 'occurredAt'>;

/** Details as version 0.1 wrote them: at most one refund, and without the fields that later versions added. */
type StoredDetails = Partial<ReportDetails> & { refund?: ReportedRefund | null };

/** Details with all fields. A field that an earlier version did not write counts as not told. */
export function completeDetails(stored: StoredDetails): ReportDetails {
  const { refund, dispute, ...details } = stored;
  return {
    ...(UNTOLD_DETAILS as ReportDetails),
    ...details,
    refunds: details.refunds ?? (refund ? [refund] : []),
    dispute: dispute ? { ...UNTOLD_CURRENCY, ...dispute } : null,
  };
}

const UNTOLD_CURRENCY: Pick<ReportedDispute, 'currency'> = { currency: null };
const UNTOLD_DETAILS: Partial<ReportDetails> = {
  merchant: null,
  captures: [],
  reversedTotal: null,
  fee: null,
};

/**
 * One report about a payment, as it was translated. A later report never changes it. Everything that a payment shows is
 * derived from its reports.
 */
@Entity('payment_reports')
@Unique('uq_payment_reports_key', ['paymentId', 'key'])
@Check('ck_payment_reports_kind', isOneOfSql('kind', REPORT_KINDS))
@Check('ck_payment_reports_outcome', isOneOfSql('outcome', OUTCOMES))
export class PaymentReportRow {
  /** The first column of the primary key, so that the reports of a delivery are found by it. */
  @PrimaryColumn({ type: 'uuid', name: 'delivery_id', primaryKeyConstraintName: 'pk_payment_reports' })
  deliveryId!: string;

  /** A UUIDv7 of the moment when the delivery was processed. */
  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'pk_payment_reports' })
  id!: string;

  /** The payment is written in the same transaction. There is no foreign key, for the reason in docs/adr/0007. */
  @Column({ type: 'uuid', name: 'payment_id' })
  paymentId!: string;

  /** The idempotency key of the delivery. Where one body has several reports, their position in it is appended. */
  @Column({ type: 'text' })
  key!: string;

  @Column({ type: 'text', name: 'event_id' })
  eventId!: string;

  @Column({ type: 'text' })
  type!: string;

  @Column({ type: 'text' })
  kind!: ReportKind;

  @Column({ type: 'timestamptz', name: 'occurred_at' })
  occurredAt!: Date;

  @Column({ type: 'timestamptz', name: 'received_at' })
  receivedAt!: Date;

  /** A causally newer report had arrived before this one. */
  @Column({ type: 'boolean' })
  late!: boolean;

  @Column({ type: 'text' })
  outcome!: Outcome;

  @Column({ type: 'jsonb', name: 'told' })
  details!: ReportDetails;
}
