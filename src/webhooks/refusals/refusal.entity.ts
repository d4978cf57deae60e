import { Check, Column, Entity, PrimaryColumn } from 'typeorm';
import type { RefusalDiagnosis } from './refusal-diagnosis.js';
import type { RefusalReason } from '../gateways/gateway.js';

/** One refused request, for the operator. Only the newest are stored; all are counted in `refusal_counts`. */
@Entity('refusals')
@Check('ck_refusals_reason', `reason <> ''`)
@Check('ck_refusals_size', `size >= 0`)
export class Refusal {
  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'pk_refusals' })
  id!: string;

  /** A configured gateway, or `unknown`. An unknown name from the path is not stored. */
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

  /** In bytes; null if the body was not read to its end. */
  @Column({ type: 'integer', nullable: true })
  size!: number | null;

  /** The first bytes of the unverified body, encrypted if `bodyKey` is set; null if bodies are not stored. */
  @Column({ type: 'bytea', nullable: true })
  body!: Buffer | null;

  /** Name of the key under which `body` is encrypted; null: it is not encrypted. */
  @Column({ type: 'text', name: 'body_key', nullable: true })
  bodyKey!: string | null;

  @Column({ type: 'timestamptz', name: 'received_at' })
  receivedAt!: Date;
}
