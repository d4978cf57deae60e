import { Injectable } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { DataSource } from 'typeorm';
import { Refusals } from '../../webhooks/refusals/refusals.service.js';
import { SharedReading } from './shared-reading.js';
import { type CountedTable, type Counts, countWork, estimateFinished } from './work-counts.js';

export class StatsView {
  @ApiProperty({
    description:
      'Deliveries by status. In a table of more than 32 MiB `processed` and `ignored` are estimates, off by about 2 %; ' +
      'the other numbers are always counted.',
    type: 'object',
    additionalProperties: { type: 'integer' },
  })
  deliveries!: Record<'pending' | 'processed' | 'ignored' | 'parked' | 'dead', number>;
  @ApiProperty({ type: 'object', additionalProperties: { type: 'integer' } })
  handlers!: Record<'pending' | 'dead', number>;
  @ApiProperty({
    description: 'By status; `sent` and `suppressed` of a table of more than 32 MiB are estimates',
    type: 'object',
    additionalProperties: { type: 'integer' },
  })
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

/** How old an estimate of finished work may be, in milliseconds. */
const ESTIMATE_MS = 10_000;

const DELIVERIES = ['pending', 'processed', 'ignored', 'parked', 'dead'] as const;
const HANDLERS = ['pending', 'dead'] as const;
const NOTIFICATIONS = ['pending', 'sent', 'suppressed', 'dead'] as const;

/** The numbers of the service, whichever of its processes is asked. At most one snapshot is under way in a process. */
@Injectable()
export class Stats {
  private readonly snapshots = new SharedReading(() => this.take());
  private readonly estimates: Readonly<Record<CountedTable, SharedReading<Counts>>>;

  constructor(
    private readonly db: DataSource,
    private readonly refusals: Refusals,
  ) {
    this.estimates = {
      deliveries: new SharedReading(() => estimateFinished(db, 'deliveries')),
      notifications: new SharedReading(() => estimateFinished(db, 'notifications')),
    };
  }

  /** Begins after this call: whatever was acknowledged before counts, by whichever process. */
  snapshot(): Promise<StatsView> {
    return this.snapshots.fresh();
  }

  /** A snapshot that is at most so old, for readers to whom a moment makes no difference. */
  recent(maxAgeMs: number): Promise<StatsView> {
    return this.snapshots.recent(maxAgeMs);
  }

  private async take(): Promise<StatsView> {
    await this.refusals.save();
    const work = await countWork(this.db);
    const deliveries = counted(DELIVERIES, {
      ...(work.finishedDeliveries ?? (await this.estimates.deliveries.recent(ESTIMATE_MS))),
      ...work.deliveries,
    });
    const handlers = counted(HANDLERS, work.handlers);
    const notifications = counted(NOTIFICATIONS, {
      ...(work.finishedNotifications ?? (await this.estimates.notifications.recent(ESTIMATE_MS))),
      ...work.notifications,
    });
    return {
      deliveries,
      handlers,
      notifications,
      refused: work.refused ?? {},
      oldestPendingSeconds: Math.round(Number(work.oldest ?? 0)),
      quiet: deliveries.pending + handlers.pending + notifications.pending === 0,
    };
  }
}

const counted = <Name extends string>(names: readonly Name[], counts: Counts): Record<Name, number> =>
  Object.fromEntries(names.map((name) => [name, Number(counts[name] ?? 0)])) as Record<Name, number>;
