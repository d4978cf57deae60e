import { Column, Entity, PrimaryColumn } from 'typeorm';

/**
 * A process that claims work. Its process holds the advisory lock of this number; where nobody holds it, the process ended
 * or lost its line, and its work is taken over.
 */
@Entity('worker_sessions')
export class WorkerSessionRow {
  @PrimaryColumn({ type: 'integer', primaryKeyConstraintName: 'pk_worker_sessions' })
  id!: number;

  @Column({ type: 'timestamptz', name: 'started_at', default: () => 'now()' })
  startedAt!: Date;
}
