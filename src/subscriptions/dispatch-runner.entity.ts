import { Check, Column, Entity, PrimaryColumn } from 'typeorm';

/**
 * The process that sends to all subscribers, in the one row of the table. Limits of a subscriber, and the order of its
 * events, hold for all processes together because one process sends.
 */
@Entity('dispatch_runner')
@Check('ck_dispatch_runner_single', 'single')
export class DispatchRunner {
  @PrimaryColumn({ type: 'boolean', primaryKeyConstraintName: 'pk_dispatch_runner' })
  single!: boolean;

  @Column({ type: 'uuid', nullable: true })
  process!: string | null;

  /** After this time another process may take over. */
  @Column({ type: 'timestamptz' })
  until!: Date;
}
