import { Entity, PrimaryColumn } from 'typeorm';
import { PaymentWork } from '../feature.js';

/** A change of a payment, or of the customer of an order, that the accounts do not know yet. */
@Entity('account_work')
export class AccountWork extends PaymentWork {
  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'pk_account_work' })
  id!: string;
}
