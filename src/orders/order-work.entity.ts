import { Entity, PrimaryColumn } from 'typeorm';
import { PaymentWork } from '../feature.js';

/** A change of a payment that its orders do not know yet. */
@Entity('order_work')
export class OrderWork extends PaymentWork {
  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'pk_order_work' })
  id!: string;
}
