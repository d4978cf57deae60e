import { Check, Column, Entity, PrimaryColumn, Unique } from 'typeorm';
import { isOneOfSql } from '../../platform/database/check-sql.js';

/**
 * - `missing`: the payment of the object was not stored. `different`: its payment shows something else.
 * - `parked`: the object does not fit its DTO. `unanswered`: the gateway could not be asked about the payment.
 * - `unknown`: the gateway does not know the payment. `contradicting`: the gateway answered with another payment.
 */
export const ITEM_KINDS = [
  'missing',
  'different',
  'parked',
  'unanswered',
  'unknown',
  'contradicting',
] as const;
export type ItemKind = (typeof ITEM_KINDS)[number];

/** One object that a run found to be other than expected. Objects that are the same have no row. */
@Entity('reconciliation_items')
@Check('ck_reconciliation_items_kind', isOneOfSql('kind', ITEM_KINDS))
@Unique('uq_reconciliation_items_object', ['reconciliationId', 'what', 'objectId'])
export class ReconciliationItem {
  @PrimaryColumn({
    type: 'uuid',
    name: 'reconciliation_id',
    primaryKeyConstraintName: 'pk_reconciliation_items',
  })
  reconciliationId!: string;

  /** Its place among the items of the run, from 1. */
  @PrimaryColumn({ type: 'integer', primaryKeyConstraintName: 'pk_reconciliation_items' })
  number!: number;

  @Column({ type: 'text' })
  kind!: ItemKind;

  /** The kind of object, in the gateway's words. */
  @Column({ type: 'text' })
  what!: string;

  @Column({ type: 'text', name: 'object_id' })
  objectId!: string;

  @Column({ type: 'text', name: 'gateway_payment_id', nullable: true })
  gatewayPaymentId!: string | null;

  /** Null where the payment was not stored at that time. */
  @Column({ type: 'uuid', name: 'payment_id', nullable: true })
  paymentId!: string | null;

  /** The delivery that the object entered as; null in a dry run. */
  @Column({ type: 'uuid', name: 'delivery_id', nullable: true })
  deliveryId!: string | null;

  /** Names of fields with what they were and would be. Has no personal data. */
  @Column({ type: 'text' })
  difference!: string;
}
