import { Check, Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { isOneOfSql } from '../feature.js';
import { type DerivedStatus, WORD_KINDS, type WordKind } from './status/account-status.js';

const KEY = { primaryKeyConstraintName: 'pk_account_words' };

/** A word of a payment about its customer, derived from the reports of the payment. It holds ids only. */
@Entity('account_words')
@Check('ck_account_words_kind', isOneOfSql('kind', WORD_KINDS))
@Index('ix_account_words_account', ['accountId', 'at'])
export class AccountWord {
  @PrimaryColumn({ type: 'uuid', name: 'payment_id', ...KEY })
  paymentId!: string;

  /** The id of the report. Its time is when the report was recorded. */
  @PrimaryColumn({ type: 'uuid', name: 'report_id', ...KEY })
  reportId!: string;

  @PrimaryColumn({ type: 'text', ...KEY })
  kind!: WordKind;

  @Column({ type: 'uuid', name: 'account_id' })
  accountId!: string;

  /** By the gateway's clock. */
  @Column({ type: 'timestamptz' })
  at!: Date;

  @Column({ type: 'smallint' })
  rank!: number;

  /** The changes of the account's status that events told at this word. */
  @Column({ type: 'jsonb' })
  told!: readonly DerivedStatus[];
}
