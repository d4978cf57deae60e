import { Check, Column, Entity, PrimaryColumn } from 'typeorm';

/** The one row of what is random and the same for every process of an installation. */
@Entity('installation')
@Check('ck_installation_one', 'id = 1')
export class Installation {
  @PrimaryColumn({ type: 'smallint', primaryKeyConstraintName: 'pk_installation' })
  id!: number;

  /** Marks of secrets are made with it (see `secretMark`). It is shown nowhere. */
  @Column({ type: 'bytea', name: 'mark_key' })
  fingerprintKey!: Buffer;
}
