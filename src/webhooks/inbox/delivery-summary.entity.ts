import { Check, Column, Entity, PrimaryColumn } from 'typeorm';

/** How many deliveries of a type are settled (processed or ignored), among those up to `DeliverySummary.lastDeliveryId`. */
@Entity('delivery_types')
export class DeliveryTypeCount {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'pk_delivery_types' })
  gateway!: string;

  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'pk_delivery_types' })
  account!: string;

  /** In the gateway's words; empty where the message has none. */
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'pk_delivery_types' })
  type!: string;

  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'pk_delivery_types' })
  status!: string;

  @Column({ type: 'bigint' })
  count!: string;

  @Column({ type: 'timestamptz', name: 'first_at', nullable: true })
  firstAt!: Date | null;

  @Column({ type: 'timestamptz', name: 'last_at', nullable: true })
  lastAt!: Date | null;

  @Column({ type: 'uuid', name: 'example_id', nullable: true })
  exampleId!: string | null;
}

/** A delivery that became settled (`change` 1) or is no longer (-1): a trigger on `deliveries` writes it, the job adds it up. */
@Entity('delivery_type_changes')
export class DeliveryTypeChange {
  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'pk_delivery_type_changes' })
  id!: string;

  @Column({ type: 'uuid', name: 'delivery_id' })
  deliveryId!: string;

  @Column({ type: 'text' })
  gateway!: string;

  @Column({ type: 'text' })
  account!: string;

  @Column({ type: 'text' })
  type!: string;

  @Column({ type: 'text' })
  status!: string;

  @Column({ type: 'smallint' })
  change!: number;

  @Column({ type: 'timestamptz', name: 'received_at' })
  receivedAt!: Date;
}

/** How far the job has come: one row. */
@Entity('delivery_summary')
@Check('ck_delivery_summary_one', 'id = 1')
export class DeliverySummary {
  @PrimaryColumn({ type: 'smallint', primaryKeyConstraintName: 'pk_delivery_summary' })
  id!: number;

  /** Every delivery up to this id is summed up. */
  @Column({ type: 'uuid', name: 'last_delivery_id' })
  lastDeliveryId!: string;
}
