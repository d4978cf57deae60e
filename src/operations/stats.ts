import { Injectable } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { DataSource } from 'typeorm';
import { Refusals } from '../webhooks/refusals.js';

export class StatsView {
  @ApiProperty({ type: 'object', additionalProperties: { type: 'integer' } })
  deliveries!: Record<'pending' | 'processed' | 'ignored' | 'parked' | 'dead', number>;
  @ApiProperty({ type: 'object', additionalProperties: { type: 'integer' } })
  handlers!: Record<'pending' | 'dead', number>;
  @ApiProperty({ type: 'object', additionalProperties: { type: 'integer' } })
  notifications!: Record<'pending' | 'sent' | 'suppressed' | 'dead', number>;
  @ApiProperty({
    description: 'By gateway and reason; what another process refused counts within a second',
    type: 'object',
    additionalProperties: { type: 'object' },
  })
  refused!: Record<string, Record<string, number>>;
  @ApiProperty({ description: 'How long the oldest pending delivery has waited' })
  oldestPendingSeconds!: number;
  @ApiProperty({ description: 'Nothing is pending anywhere' })
  quiet!: boolean;
}

type Counts = Record<string, number>;

/** Counts everything in one statement, and so at one moment. */
const SNAPSHOT = `
  SELECT
    (SELECT json_object_agg(status, n) FROM (SELECT status, count(*) AS n FROM deliveries GROUP BY status) AS d) AS deliveries,
    (SELECT json_object_agg(status, n) FROM (
       SELECT status, count(*) AS n FROM handler_runs WHERE status IN ('pending', 'dead') GROUP BY status) AS h) AS handlers,
    (SELECT json_object_agg(status, n) FROM (SELECT status, count(*) AS n FROM notifications GROUP BY status) AS n) AS notifications,
    (SELECT json_object_agg(gateway, reasons) FROM (
       SELECT gateway, json_object_agg(reason, count) AS reasons FROM refusal_counts GROUP BY gateway) AS r) AS refused,
    (SELECT greatest(0, extract(epoch FROM now() - min(received_at))) FROM deliveries WHERE status = 'pending') AS oldest`;

@Injectable()
export class Stats {
  constructor(
    private readonly db: DataSource,
    private readonly refusals: Refusals,
  ) {}

  async snapshot(): Promise<StatsView> {
    await this.refusals.save();
    const [row] = await this.db.query<
      {
        deliveries: Counts | null;
        handlers: Counts | null;
        notifications: Counts | null;
        refused: Record<string, Counts> | null;
        oldest: string | null;
      }[]
    >(SNAPSHOT);
    const deliveries = counted(row?.deliveries, ['pending', 'processed', 'ignored', 'parked', 'dead']);
    const handlers = counted(row?.handlers, ['pending', 'dead']);
    const notifications = counted(row?.notifications, ['pending', 'sent', 'suppressed', 'dead']);
    return {
      deliveries,
      handlers,
      notifications,
      refused: row?.refused ?? {},
      oldestPendingSeconds: Math.round(Number(row?.oldest ?? 0)),
      quiet: deliveries.pending + handlers.pending + notifications.pending === 0,
    };
  }
}

const counted = <Name extends string>(
  counts: Counts | null | undefined,
  names: readonly Name[],
): Record<Name, number> =>
  Object.fromEntries(names.map((name) => [name, Number(counts?.[name] ?? 0)])) as Record<Name, number>;
