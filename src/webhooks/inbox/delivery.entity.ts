import { Check, Column, Entity, Index, PrimaryColumn, Unique } from 'typeorm';
import { isOneOfSql } from '../../platform/database/check-sql.js';
import type { ValidationIssue } from '../gateways/gateway.js';
import type { DeliveryWork } from './delivery-work.entity.js';

export const DELIVERY_STATUSES = ['pending', 'processed', 'ignored', 'parked', 'dead'] as const;
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];

/** `verified`: by a signature. `hint`: it does not say what happened, so the gateway is asked. `fetched`: the gateway's answer. */
export const DELIVERY_VERDICTS = ['verified', 'hint', 'fetched'] as const;
export type DeliveryVerdict = (typeof DELIVERY_VERDICTS)[number];

/**
 * `received`: the gateway sent it. `fetched`: the gateway's answer to a question. `reconciled`: found in one of the
 * gateway's lists. `confirmed`: a shop brought back what the browser was given, and the gateway is asked.
 */
export const DELIVERY_PROVENANCES = ['received', 'fetched', 'reconciled', 'confirmed'] as const;
export type DeliveryProvenance = (typeof DELIVERY_PROVENANCES)[number];

/** An id is made within so many seconds of the receipt, unless the clock was set back. */
export const ID_WITHIN_SECONDS = 60;

/** The moment in the id, a UUIDv7, in seconds since 1970. */
const SECONDS_OF_ID = `(('x' || left(replace(id::text, '-', ''), 12))::bit(48)::bigint) / 1000.0`;

/** Deliveries whose id is of another moment than their receipt: parked or dead ones that came again. */
export const RECEIVED_APART_SQL =
  `received_at NOT BETWEEN to_timestamp(${SECONDS_OF_ID} - ${ID_WITHIN_SECONDS}) ` +
  `AND to_timestamp(${SECONDS_OF_ID} + ${ID_WITHIN_SECONDS})`;

/**
 * One message of a gateway with its exact bytes, and what it is once no work is left: it is written once, with what most
 * messages become. While it is pending it also has a row in `delivery_work`, and `status`, `attempts` and `lastError`
 * are those of that row.
 *
 * Version 0.1 keeps its work in this table. A process of it may run beside this version during an update, so the status
 * `pending`, `nextAttemptAt`, `leasedUntil`, `lease` and the indexes of pending rows stay. This version reads them to
 * take over what such a process left (`adoptPending`), and stores nothing there.
 */
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
@Index('ix_deliveries_ignored', ['id'], { where: `status = 'ignored'` })
@Index('ix_deliveries_expiring', ['receivedAt'], {
  where: `raw is not null and status in ('processed', 'ignored')`,
})
@Index('ix_deliveries_received_apart', ['id'], { where: RECEIVED_APART_SQL })
export class Delivery {
  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'pk_deliveries' })
  id!: string;

  @Column({ type: 'text' })
  gateway!: string;

  @Column({ type: 'text' })
  account!: string;

  /** The idempotency key within gateway and account. It is made of signed bytes only. */
  @Column({ type: 'text' })
  key!: string;

  @Column({ type: 'text', name: 'event_id', nullable: true })
  eventId!: string | null;

  @Column({ type: 'text', name: 'event_type', nullable: true })
  eventType!: string | null;

  @Column({ type: 'text' })
  provenance!: DeliveryProvenance;

  /** For a fetched answer: the oldest of the hints that it answers. */
  @Column({ type: 'uuid', name: 'caused_by', nullable: true })
  causedBy!: string | null;

  @Column({ type: 'text' })
  verdict!: DeliveryVerdict;

  @Column({ type: 'text' })
  status!: DeliveryStatus;

  /**
   * How often a worker processed it: 1 from the start, because most deliveries are processed once. Intake counts as an
   * attempt where it found the body invalid.
   */
  @Column({ type: 'integer' })
  attempts!: number;

  /** How often the gateway sent it. */
  @Column({ type: 'integer' })
  receipts!: number;

  /** It was parked or died while processed work was processed again, at an operator's request. */
  @Column({ type: 'boolean', default: false })
  replay!: boolean;

  /** As {@link replay}: processing it alerts nobody. */
  @Column({ type: 'boolean', default: false })
  silent!: boolean;

  /** Names and values as received. Signatures, tokens and cookies are masked before they are stored. */
  @Column({ type: 'jsonb' })
  headers!: [string, string][];

  /** The bytes as received, or encrypted under `payloadKey`: decrypt them with PayloadCipher. Null: expired or erased. */
  @Column({ type: 'bytea', nullable: true })
  raw!: Buffer | null;

  /** The name of the key that `raw` is encrypted under. Null: `raw` is plain. */
  @Column({ type: 'text', name: 'payload_key', nullable: true })
  payloadKey!: string | null;

  @Column({ type: 'jsonb', nullable: true })
  errors!: ValidationIssue[] | null;

  /** How many issues there are beyond those in `errors`, which holds at most 100. */
  @Column({ type: 'integer', name: 'more_errors', default: 0 })
  moreErrors!: number;

  /** The body holds several events: the valid ones are processed, `errors` are of the others. The status is `parked`. */
  @Column({ type: 'boolean', default: false })
  partial!: boolean;

  /** For a hint: what to ask the gateway about, in words of the gateway's code. The first gateway with hints asked about orders. */
  @Column({ type: 'text', name: 'hint_order', nullable: true })
  hintOrder!: string | null;

  @Column({ type: 'text', name: 'last_error', nullable: true })
  lastError!: string | null;

  @Column({ type: 'timestamptz', name: 'received_at' })
  receivedAt!: Date;

  /** When its row was rewritten at the end of work. Null where the row said so from the start. */
  @Column({ type: 'timestamptz', name: 'processed_at', nullable: true })
  processedAt!: Date | null;

  /** Of version 0.1. */
  @Column({ type: 'timestamptz', name: 'next_attempt_at', nullable: true })
  nextAttemptAt!: Date | null;

  /** Of version 0.1. */
  @Column({ type: 'timestamptz', name: 'leased_until', nullable: true })
  leasedUntil!: Date | null;

  /** Of version 0.1. */
  @Column({ type: 'uuid', nullable: true })
  lease!: string | null;

  /** The work that is left: set where a query selects it, and null where nothing is left. */
  work?: DeliveryWork | null;
}

/** A delivery is pending while work is left on it. */
export const shownStatus = ({ status, work }: Delivery): DeliveryStatus => (work ? 'pending' : status);
