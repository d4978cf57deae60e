import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { RefusalDiagnosis } from './refusal-diagnosis.js';
import type { RefusalReason } from '../gateways/gateway.js';

/** One request that was refused, for the operator. Only the newest are kept; all are counted in `refusal_counts`. */
@Entity('refusals')
export class Refusal {
  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'pk_refusals' })
  id!: string;

  /** One that we know, or `unknown`: what the path says is not kept. */
  @Column({ type: 'text' })
  gateway!: string;

  @Column({ type: 'text', nullable: true })
  account!: string | null;

  @Column({ type: 'text' })
  reason!: RefusalReason;

  @Column({ type: 'jsonb' })
  verdict!: RefusalDiagnosis;

  @Column({ type: 'text', nullable: true })
  address!: string | null;

  /** In bytes; null where the body was not read to its end. */
  @Column({ type: 'integer', nullable: true })
  size!: number | null;

  /** The first bytes of the body, where they are kept at all, or sealed under `bodyKey`. Nobody vouches for them. */
  @Column({ type: 'bytea', nullable: true })
  body!: Buffer | null;

  /** Name of the key that `body` is encrypted under; null: it is not. */
  @Column({ type: 'text', name: 'body_key', nullable: true })
  bodyKey!: string | null;

  @Column({ type: 'timestamptz', name: 'received_at' })
  receivedAt!: Date;
}
