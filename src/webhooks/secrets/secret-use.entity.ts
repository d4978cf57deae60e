import { Column, Entity, PrimaryColumn } from 'typeorm';

/** When a secret last verified a request, over all processes. `mark` is its fingerprint; the secret is not stored. */
@Entity('secret_uses')
export class SecretUse {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'pk_secret_uses' })
  gateway!: string;

  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'pk_secret_uses' })
  account!: string;

  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'pk_secret_uses' })
  mark!: string;

  @Column({ type: 'timestamptz', name: 'last_matched_at' })
  lastMatchedAt!: Date;
}
