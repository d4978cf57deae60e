import { Check, Column, Entity, PrimaryColumn, Unique } from 'typeorm';
import { isOneOfSql } from '../../platform/database/check-sql.js';
import { REPORT_KINDS, type ReportKind } from '../report/payment-report.js';
import { OUTCOMES, type Outcome } from '../projection/state-transitions.js';
import type { StoredDetails } from './report-details.js';

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
  details!: StoredDetails;
}
