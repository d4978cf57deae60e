import { Entity, PrimaryColumn } from 'typeorm';

/**
 * What a run under way need not ask about again: a payment that a list brought, or an order that was asked about. Its rows
 * are deleted when the run ends.
 */
@Entity('reconciliation_sightings')
export class ReconciliationSighting {
  @PrimaryColumn({
    type: 'uuid',
    name: 'reconciliation_id',
    primaryKeyConstraintName: 'pk_reconciliation_sightings',
  })
  reconciliationId!: string;

  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'pk_reconciliation_sightings' })
  name!: string;
}
