import { Injectable } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { DataSource } from 'typeorm';
import { RefusalsService } from '../../webhooks/index.js';
import { SingleFlightCache } from './single-flight-cache.js';
import { type CountedTable, type StatusCounts, countWork, estimateFinished } from './work-counts.js';

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

/** An estimate of finished work is reused for 10 s. */
const ESTIMATE_MAX_AGE_MS = 10_000;

const DELIVERY_STATUSES = ['pending', 'processed', 'ignored', 'parked', 'dead'] as const;
const HANDLER_RUN_STATUSES = ['pending', 'dead'] as const;
const NOTIFICATION_STATUSES = ['pending', 'sent', 'suppressed', 'dead'] as const;

/** The counts of the whole service, from any of its processes. At most one snapshot runs in a process at a time. */
@Injectable()
export class Stats {
  private readonly snapshots = new SingleFlightCache(() => this.takeSnapshot());
  private readonly estimates: Readonly<Record<CountedTable, SingleFlightCache<StatusCounts>>>;

  constructor(
    private readonly db: DataSource,
    private readonly refusals: RefusalsService,
  ) {
    this.estimates = {
      deliveries: new SingleFlightCache(() => estimateFinished(db, 'deliveries')),
      notifications: new SingleFlightCache(() => estimateFinished(db, 'notifications')),
    };
  }

  /** A snapshot that starts after this call, so that it counts everything any process acknowledged before. */
  readSnapshot(): Promise<StatsView> {
    return this.snapshots.readFresh();
  }

  /** A snapshot at most `maxAgeMs` old, for callers that do not need the newest numbers. */
  readRecentSnapshot(maxAgeMs: number): Promise<StatsView> {
    return this.snapshots.readRecent(maxAgeMs);
  }

  private async takeSnapshot(): Promise<StatsView> {
    await this.refusals.save();
    const work = await countWork(this.db);
    const deliveries = pickCounts(DELIVERY_STATUSES, {
      ...(work.finishedDeliveries ?? (await this.estimates.deliveries.readRecent(ESTIMATE_MAX_AGE_MS))),
      ...work.deliveries,
    });
    const handlers = pickCounts(HANDLER_RUN_STATUSES, work.handlers);
    const notifications = pickCounts(NOTIFICATION_STATUSES, {
      ...(work.finishedNotifications ?? (await this.estimates.notifications.readRecent(ESTIMATE_MAX_AGE_MS))),
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

const pickCounts = <Name extends string>(
  names: readonly Name[],
  counts: StatusCounts,
): Record<Name, number> =>
  Object.fromEntries(names.map((name) => [name, Number(counts[name] ?? 0)])) as Record<Name, number>;
