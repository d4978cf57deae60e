import { Check, Column, Entity, PrimaryGeneratedColumn, Unique } from 'typeorm';
import { isOneOfSql, type Mode } from '../feature.js';

/**
 * A ledger account: the name under which money is booked, for one gateway's account, mode, merchant and currency. The
 * balance is the sum of its entries. It is written by the transaction that writes the entries, so that balances are read
 * without the entries.
 */
@Entity('ledger_accounts')
@Unique('uq_ledger_accounts', ['name', 'gateway', 'account', 'mode', 'merchant', 'currency'])
@Check('ck_ledger_accounts_mode', isOneOfSql('mode', ['live', 'test']))
@Check('ck_ledger_accounts_name', `name <> ''`)
export class LedgerAccount {
  @PrimaryGeneratedColumn('identity', {
    type: 'integer',
    generatedIdentity: 'BY DEFAULT',
    primaryKeyConstraintName: 'pk_ledger_accounts',
  })
  id!: number;

  @Column({ type: 'text' })
  name!: string;

  @Column({ type: 'text' })
  gateway!: string;

  @Column({ type: 'text' })
  account!: string;

  @Column({ type: 'text' })
  mode!: Mode;

  /** Empty where there is none: PostgreSQL 14 takes two nulls for different values. */
  @Column({ type: 'text' })
  merchant!: string;

  @Column({ type: 'text' })
  currency!: string;

  /** Debits less credits, in minor units. */
  @Column({ type: 'numeric' })
  balance!: string;
}
