import { Check, Column, Entity, Index, PrimaryColumn, Unique } from 'typeorm';
import { isOneOfSql } from '../../platform/database/check-sql.js';
import type { ValidationIssue } from '../gateways/gateway.js';

export const DELIVERY_STATUSES = ['pending', 'processed', 'ignored', 'parked', 'dead'] as const;
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];

/** How its truth was established: by a signature, by asking the gateway, or not at all (a hint). */
export const DELIVERY_VERDICTS = ['verified', 'hint', 'fetched'] as const;
export type DeliveryVerdict = (typeof DELIVERY_VERDICTS)[number];

export const DELIVERY_PROVENANCES = ['received', 'fetched'] as const;
export type DeliveryProvenance = (typeof DELIVERY_PROVENANCES)[number];

/** One verified message, byte for byte, and what became of it. */
@Entity('deliveries')
@Unique('uq_deliveries_key', ['gateway', 'account', 'key'])
@Check('ck_deliveries_provenance', isOneOfSql('provenance', DELIVERY_PROVENANCES))
@Check('ck_deliveries_verdict', isOneOfSql('verdict', DELIVERY_VERDICTS))
@Check('ck_deliveries_status', isOneOfSql('status', DELIVERY_STATUSES))
@Index('ix_deliveries_pending', ['nextAttemptAt'], { where: `status = 'pending'` })
@Index('ix_deliveries_hints', ['gateway', 'account', 'hintOrder'], {
  where: `status = 'pending' AND hint_order IS NOT NULL`,
})
@Index('ix_deliveries_payload_key', ['payloadKey', 'id'], { where: `payload_key is not null` })
@Index('ix_deliveries_stuck', ['status', 'id'], { where: `status in ('parked', 'dead')` })
@Index('ix_deliveries_expiring', ['receivedAt'], {
  where: `raw is not null and status in ('processed', 'ignored')`,
})
export class Delivery {
  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'pk_deliveries' })
  id!: string;

  @Column({ type: 'text' })
  gateway!: string;

  @Column({ type: 'text' })
  account!: string;

  /** The idempotency key, made of signed bytes. */
  @Column({ type: 'text' })
  key!: string;

  @Column({ type: 'text', name: 'event_id', nullable: true })
  eventId!: string | null;

  @Column({ type: 'text', name: 'event_type', nullable: true })
  eventType!: string | null;

  @Column({ type: 'text' })
  provenance!: DeliveryProvenance;

  /** The hint that made us ask. */
  @Column({ type: 'uuid', name: 'caused_by', nullable: true })
  causedBy!: string | null;

  @Column({ type: 'text' })
  verdict!: DeliveryVerdict;

  @Column({ type: 'text' })
  status!: DeliveryStatus;

  /** How often it was worked on: at the door when its body did not fit, and by the worker. */
  @Column({ type: 'integer' })
  attempts!: number;

  /** How often the gateway sent it. */
  @Column({ type: 'integer' })
  receipts!: number;

  /** An operator had processed work run again. */
  @Column({ type: 'boolean' })
  replay!: boolean;

  /** … and asked for no alerts. */
  @Column({ type: 'boolean' })
  silent!: boolean;

  /** Name and value as received; what authenticates (signatures, tokens, cookies) is masked before it is stored. */
  @Column({ type: 'jsonb' })
  headers!: [string, string][];

  /** As received, or sealed under `payloadKey`: read it through the vault only. */
  @Column({ type: 'bytea', nullable: true })
  raw!: Buffer | null;

  /** Name of the key that `raw` is encrypted under; null: it is not. */
  @Column({ type: 'text', name: 'payload_key', nullable: true })
  payloadKey!: string | null;

  @Column({ type: 'jsonb', nullable: true })
  errors!: ValidationIssue[] | null;

  /** How many faults there are beyond those in `errors`, of which at most 100 are kept. */
  @Column({ type: 'integer', name: 'more_errors', default: 0 })
  moreErrors!: number;

  /** Several events in one body: those that fit count, `errors` are of the others. It ends as parked. */
  @Column({ type: 'boolean', default: false })
  partial!: boolean;

  /** For hints: the order to ask the gateway about. */
  @Column({ type: 'text', name: 'hint_order', nullable: true })
  hintOrder!: string | null;

  @Column({ type: 'text', name: 'last_error', nullable: true })
  lastError!: string | null;

  @Column({ type: 'timestamptz', name: 'received_at' })
  receivedAt!: Date;

  @Column({ type: 'timestamptz', name: 'processed_at', nullable: true })
  processedAt!: Date | null;

  @Column({ type: 'timestamptz', name: 'next_attempt_at' })
  nextAttemptAt!: Date;

  @Column({ type: 'timestamptz', name: 'leased_until', nullable: true })
  leasedUntil!: Date | null;

  @Column({ type: 'uuid', nullable: true })
  lease!: string | null;
}
