import { Column, Entity, PrimaryColumn } from 'typeorm';

/** What is known of an account's habit, up to the delivery that the summary has reached. */
@Entity('gateway_activity')
export class GatewayActivityRow {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'pk_gateway_activity' })
  gateway!: string;

  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'pk_gateway_activity' })
  account!: string;

  @Column({ type: 'timestamptz', name: 'last_event_at', nullable: true })
  lastEventAt!: Date | null;

  /** The longest gap, in milliseconds, by the day (UTC) on which it ended; of the last 14 days. */
  @Column({ type: 'jsonb' })
  gaps!: Record<string, number>;

  /** How long after they occurred the newest events were received: the median. */
  @Column({ type: 'double precision', name: 'lag_seconds', nullable: true })
  lagSeconds!: number | null;

  /** The last event before the silence that was noticed; null where the account is not silent. */
  @Column({ type: 'timestamptz', name: 'silent_since', nullable: true })
  silentSince!: Date | null;
}
