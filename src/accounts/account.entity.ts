import { Check, Column, Entity, Index, PrimaryColumn, Unique } from 'typeorm';
import { isOneOfSql, type Mode } from '../feature.js';
import {
  ACCOUNT_STATUSES,
  type AccountStatus,
  DERIVED_STATUSES,
  type DerivedStatus,
} from './status/account-status.js';

/** A customer account: what follows from the words of gateways about one customer of a merchant, and from operators. */
@Entity('accounts')
@Unique('uq_accounts_customer', ['customerId', 'merchant', 'mode'])
@Check('ck_accounts_mode', isOneOfSql('mode', ['live', 'test']))
@Check('ck_accounts_status', isOneOfSql('status', ACCOUNT_STATUSES))
@Check('ck_accounts_derived', isOneOfSql('derived', DERIVED_STATUSES))
@Index('ix_accounts_status', ['merchant', 'mode', 'status', 'id'])
@Index('ix_accounts_grace', ['graceEndsAt'], { where: 'grace_ends_at is not null' })
@Index('ix_accounts_expiring', ['updatedAt'])
export class CustomerAccount {
  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'pk_accounts' })
  id!: string;

  @Column({ type: 'text' })
  mode!: Mode;

  /** Empty where the endpoint serves one merchant. */
  @Column({ type: 'text' })
  merchant!: string;

  @Column({ type: 'text', name: 'customer_id' })
  customerId!: string;

  /** What is shown. Null as long as the customer never paid: such an account is unknown outside. */
  @Column({ type: 'text', nullable: true })
  status!: AccountStatus | null;

  /** The status without a hold. */
  @Column({ type: 'text', nullable: true })
  derived!: DerivedStatus | null;

  /** When `derived` began. */
  @Column({ type: 'timestamptz', nullable: true })
  since!: Date | null;

  /** When an account that is past due is suspended. */
  @Column({ type: 'timestamptz', name: 'grace_ends_at', nullable: true })
  graceEndsAt!: Date | null;

  @Column({ type: 'uuid', name: 'last_payment_id', nullable: true })
  lastPaymentId!: string | null;

  /** Since when an operator holds the account. */
  @Column({ type: 'timestamptz', name: 'held_at', nullable: true })
  heldAt!: Date | null;

  /** The status that an event told last, without holds. */
  @Column({ type: 'text', name: 'told_status', nullable: true })
  toldStatus!: DerivedStatus | null;

  @Column({ type: 'timestamptz', name: 'updated_at' })
  updatedAt!: Date;
}
