import { Check, Column, Entity, Index, PrimaryColumn, Unique } from 'typeorm';
import { isOneOfSql, type MinorUnits, type Mode } from '../feature.js';
import type { Settlement } from './status/order-facts.js';
import { ORDER_STATUSES, type OrderFlag, type OrderStatus } from './status/order-status.js';

/** An order: what the shop registered, and what follows from its payments. */
@Entity('orders')
@Unique('uq_orders_order', ['orderId', 'merchant', 'mode'])
@Check('ck_orders_mode', isOneOfSql('mode', ['live', 'test']))
@Check('ck_orders_status', isOneOfSql('status', ORDER_STATUSES))
@Check('ck_orders_amounts', `amount > 0 AND amount_paid >= 0 AND amount_refunded >= 0`)
@Check('ck_orders_registered', `registered = (amount IS NOT NULL)`)
@Index('ix_orders_status', ['merchant', 'mode', 'status', 'id'])
@Index('ix_orders_due', ['dueAt'], { where: 'due_at is not null' })
@Index('ix_orders_customer_id', ['customerId'], { where: 'customer_id is not null' })
// An entity cannot declare an index on an expression: see the migration.
@Index('ix_orders_customer_email', { synchronize: false })
@Index('ix_orders_customer_phone', { synchronize: false })
@Index('ix_orders_expiring', ['updatedAt'], { where: 'personal' })
export class Order {
  /** A UUIDv7: its time is when the order became known here. */
  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'pk_orders' })
  id!: string;

  @Column({ type: 'text', name: 'order_id' })
  orderId!: string;

  @Column({ type: 'text' })
  mode!: Mode;

  /** Empty where the endpoint serves one merchant. */
  @Column({ type: 'text' })
  merchant!: string;

  /** False for an order that was made of payments. */
  @Column({ type: 'boolean' })
  registered!: boolean;

  /** What is due, in minor units; null where nobody registered the order. */
  @Column({ type: 'numeric', nullable: true })
  amount!: MinorUnits | null;

  @Column({ type: 'text', nullable: true })
  currency!: string | null;

  @Column({ type: 'text', nullable: true })
  gateway!: string | null;

  @Column({ type: 'text', nullable: true })
  account!: string | null;

  @Column({ type: 'timestamptz', name: 'expires_at', nullable: true })
  expiresAt!: Date | null;

  @Column({ type: 'text', name: 'customer_id', nullable: true })
  customerId!: string | null;

  @Column({ type: 'text', name: 'customer_email', nullable: true })
  customerEmail!: string | null;

  @Column({ type: 'text', name: 'customer_phone', nullable: true })
  customerPhone!: string | null;

  @Column({ type: 'text', name: 'customer_name', nullable: true })
  customerName!: string | null;

  @Column({ type: 'text', name: 'customer_locale', nullable: true })
  customerLocale!: string | null;

  /** The shop's own notes. They may name a person, so they are erased and expire with the customer. */
  @Column({ type: 'jsonb', nullable: true })
  metadata!: Readonly<Record<string, string>> | null;

  /** The order has a customer or metadata. */
  @Column({ type: 'boolean' })
  personal!: boolean;

  @Column({ type: 'timestamptz', name: 'canceled_at', nullable: true })
  canceledAt!: Date | null;

  @Column({ type: 'jsonb', nullable: true })
  settlement!: Settlement | null;

  /** Derived from the rest and from the payments, as are the columns below. */
  @Column({ type: 'text' })
  status!: OrderStatus;

  @Column({ type: 'jsonb' })
  flags!: readonly OrderFlag[];

  @Column({ type: 'numeric', name: 'amount_paid' })
  amountPaid!: MinorUnits;

  @Column({ type: 'numeric', name: 'amount_refunded' })
  amountRefunded!: MinorUnits;

  /** When the time alone changes the status; null where it does not. */
  @Column({ type: 'timestamptz', name: 'due_at', nullable: true })
  dueAt!: Date | null;

  /** What was told in events: the name and the key of each. Nothing is told twice. */
  @Column({ type: 'jsonb' })
  published!: readonly string[];

  @Column({ type: 'timestamptz', name: 'created_at' })
  createdAt!: Date;

  @Column({ type: 'timestamptz', name: 'updated_at' })
  updatedAt!: Date;

  /** When the customer was erased. Personal data of a later registration is dropped. */
  @Column({ type: 'timestamptz', name: 'erased_at', nullable: true })
  erasedAt!: Date | null;

  /** When retention cleared the customer and the metadata. A registration that restores them sets null. */
  @Column({ type: 'timestamptz', name: 'cleared_at', nullable: true })
  clearedAt!: Date | null;
}
