import { Check, Column, Entity, PrimaryColumn } from 'typeorm';

/** One row with the random values that all processes of an installation share. */
@Entity('installation')
@Check('ck_installation_one', 'id = 1')
export class Installation {
  @PrimaryColumn({ type: 'smallint', primaryKeyConstraintName: 'pk_installation' })
  id!: number;

  /** The key of secret fingerprints (see `secretFingerprint`). It is never shown. */
  @Column({ type: 'bytea', name: 'mark_key' })
  fingerprintKey!: Buffer;
}
