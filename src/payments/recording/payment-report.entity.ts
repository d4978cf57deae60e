import { Column, Entity, PrimaryColumn, Unique } from 'typeorm';
import type { PaymentReport, ReportedDispute, ReportedRefund, ReportKind } from '../report/payment-report.js';
import type { Outcome } from '../projection/state-transitions.js';

/** The part of a report that has no column of its own. */
export type ReportDetails = Omit<PaymentReport, 'gatewayPaymentId' | 'kind' | 'type' | 'occurredAt'>;

/** As version 0.1 wrote it: at most one refund, and nothing of what came later. */
type StoredDetails = Partial<ReportDetails> & { refund?: ReportedRefund | null };

/** A stored report with all its fields: what an earlier version did not write was not told. */
export function completeDetails(stored: StoredDetails): ReportDetails {
  const { refund, dispute, ...told } = stored;
  return {
    ...(UNTOLD_DETAILS as ReportDetails),
    ...told,
    refunds: told.refunds ?? (refund ? [refund] : []),
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

/** One thing a gateway said about a payment: never changed by a later one, and the source of all that is shown. */
@Entity('payment_reports')
@Unique('uq_payment_reports_key', ['paymentId', 'key'])
export class PaymentReportRow {
  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'pk_payment_reports' })
  id!: string;

  /** Of a payment that is written in the same transaction. No foreign key holds it to that: see docs/adr/0007. */
  @Column({ type: 'uuid', name: 'payment_id' })
  paymentId!: string;

  @Column({ type: 'uuid', name: 'delivery_id' })
  deliveryId!: string;

  /** The delivery's idempotency key, and the place in its body where one body holds several reports. */
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

  /** Came after a causally newer one. */
  @Column({ type: 'boolean' })
  late!: boolean;

  @Column({ type: 'text' })
  outcome!: Outcome;

  @Column({ type: 'jsonb' })
  told!: ReportDetails;
}
