import { Inject, Injectable } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional, type ApiPropertyOptions } from '@nestjs/swagger';
import { DataSource } from 'typeorm';
import { FEATURES, type PayhookFeature } from '../../platform/features/index.js';
import { ACCOUNT, COUNT, DATE_TIME, GATEWAY } from '../../platform/http/schema-types.js';
import { findHeldMessages } from '../../notifications/index.js';
import { GatewayActivity, RefusalsService } from '../../webhooks/index.js';
import { documentFeatures } from '../document-features.js';
import { SingleFlightCache } from '../../platform/jobs/single-flight-cache.js';
import {
  type CountedTable,
  type StatusCounts,
  countWork,
  estimateFinished,
  isCounted,
} from './work-counts.js';

const DELIVERY_STATUSES = ['pending', 'processed', 'ignored', 'parked', 'dead'] as const;
const HANDLER_RUN_STATUSES = ['pending', 'dead'] as const;
const FEATURE_COUNTS = ['pending', 'scheduled', 'dead'] as const;
const NOTIFICATION_STATUSES = ['pending', 'scheduled', 'sent', 'suppressed', 'dead'] as const;

/** Counts by name. Every name is there, also with 0. */
const statusCounts = (names: readonly string[], description: string): ApiPropertyOptions => ({
  type: 'object',
  properties: Object.fromEntries(names.map((name) => [name, { type: 'integer', minimum: 0, example: 0 }])),
  required: [...names],
  selfRequired: true,
  description,
});

export class SilentView {
  @ApiProperty(GATEWAY) gateway!: string;
  @ApiProperty(ACCOUNT) account!: string;
  @ApiProperty({ ...DATE_TIME, description: 'Its last event' }) since!: string;
}

export class EventCountsView {
  @ApiProperty({ ...COUNT, description: 'Stored events without a place in the log' }) pending!: number;
  @ApiProperty({ ...COUNT, description: 'How long the oldest of them has waited' })
  oldestPendingSeconds!: number;
}

export class HeldView {
  @ApiProperty({ example: 'email' }) channel!: string;
  @ApiProperty({ ...COUNT, example: 3, description: 'How many messages wait' }) messages!: number;
  @ApiProperty({
    example: 'ChannelSettingsError: mail was not sent: EAUTH 535 at AUTH PLAIN',
    description: 'What the channel answered, of several reasons the most frequent one',
  })
  reason!: string;
  @ApiProperty({ ...DATE_TIME, description: 'When the oldest of them was scheduled' }) since!: string;
}

export class StatsView {
  @ApiProperty(
    statusCounts(
      DELIVERY_STATUSES,
      'By status. In a table of more than 32 MiB `processed` and `ignored` are estimates, off by about 2 %; the ' +
        'other numbers are always counted.',
    ),
  )
  deliveries!: Record<(typeof DELIVERY_STATUSES)[number], number>;
  @ApiProperty(statusCounts(HANDLER_RUN_STATUSES, 'Handler runs by status')) handlers!: Record<
    (typeof HANDLER_RUN_STATUSES)[number],
    number
  >;
  @ApiProperty({
    type: EventCountsView,
    description: 'Domain events on their way into the log of `GET /events`',
  })
  events!: EventCountsView;
  @ApiProperty(
    statusCounts(
      NOTIFICATION_STATUSES,
      'By status. In a table of more than 32 MiB `sent` and `suppressed` are estimates. `pending` includes messages ' +
        'that wait for their payment to settle; `scheduled` are reminders that wait for their day.',
    ),
  )
  notifications!: Record<(typeof NOTIFICATION_STATUSES)[number], number>;
  @ApiProperty(statusCounts(FEATURE_COUNTS, 'Mails to `OPERATOR_MAIL`'))
  operator_notices?: Record<(typeof FEATURE_COUNTS)[number], number>;
  @ApiProperty({
    description: 'Refused requests by gateway and reason; refusals of another process count within a second',
    type: 'object',
    additionalProperties: { type: 'object', additionalProperties: { type: 'integer' } },
    example: { standard: { no_secret_matches: 3 } },
  })
  refused!: Record<string, Record<string, number>>;
  @ApiProperty({
    type: [SilentView],
    description:
      'Accounts from which nothing came for twice their longest pause of the last 14 days and at least ' +
      'SILENCE_AFTER_HOURS; noticed within 30 s',
  })
  silent!: SilentView[];
  @ApiProperty({
    type: [HeldView],
    description:
      'Channels whose messages are kept until an operator changes a setting: a login, a sender, a certificate, the right ' +
      'to relay. They are tried about once a minute',
  })
  held!: HeldView[];
  @ApiProperty({ ...COUNT, description: 'How long the oldest pending delivery has waited' })
  oldestPendingSeconds!: number;
  @ApiPropertyOptional({
    type: [String],
    description:
      'Features that still take in payments that were stored before them; left out where there are none',
    example: ['orders'],
  })
  catchingUp?: string[];
  @ApiProperty({ description: 'Nothing is pending', example: true }) quiet!: boolean;
}

documentFeatures(StatsView, isCounted, ['notifications', 'operator_notices'], ({ counts = {} }) => {
  const work = 'Work of a feature: to be done now, at a later time, given up';
  const others = Object.entries(counts).map(([name, what]) => `\`${name}\`: ${what}`);
  return statusCounts([...FEATURE_COUNTS, ...Object.keys(counts)], [work, ...others].join('. '));
});

/** An estimate of finished work is reused for 10 s. */
const ESTIMATE_MAX_AGE_MS = 10_000;

/** The counts of the whole service, from any of its processes. At most one snapshot runs in a process at a time. */
@Injectable()
export class Stats {
  private readonly snapshots = new SingleFlightCache(() => this.takeSnapshot());
  private readonly estimates: Readonly<Record<CountedTable, SingleFlightCache<StatusCounts>>>;

  constructor(
    private readonly db: DataSource,
    private readonly refusals: RefusalsService,
    private readonly activity: GatewayActivity,
    @Inject(FEATURES) private readonly features: readonly PayhookFeature[],
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

  private async readHeld(): Promise<HeldView[]> {
    return (await findHeldMessages(this.db)).map((one) => ({ ...one, since: one.since.toISOString() }));
  }

  private async takeSnapshot(): Promise<StatsView> {
    await this.refusals.save();
    const work = await countWork(this.db, this.features);
    const deliveries = pickCounts(DELIVERY_STATUSES, {
      ...(work.finishedDeliveries ?? (await this.estimates.deliveries.readRecent(ESTIMATE_MAX_AGE_MS))),
      ...work.deliveries,
    });
    const handlers = pickCounts(HANDLER_RUN_STATUSES, work.handlers);
    const events = {
      pending: Number(work.events.pending),
      oldestPendingSeconds: Math.max(0, Math.round(Number(work.events.lag ?? 0))),
    };
    const { notifications: messages, ...added } = work.features;
    const notifications = pickCounts(NOTIFICATION_STATUSES, {
      ...(work.finishedNotifications ?? (await this.estimates.notifications.readRecent(ESTIMATE_MAX_AGE_MS))),
      ...messages,
    });
    const addedPending = Object.values(added).reduce((sum, { pending = 0 }) => sum + pending, 0);
    return {
      ...added,
      ...(work.catchingUp.length > 0 && { catchingUp: work.catchingUp }),
      deliveries,
      handlers,
      events,
      notifications,
      refused: work.refused ?? {},
      silent: (await this.activity.readSilent()).map((one) => ({ ...one, since: one.since.toISOString() })),
      held: notifications.pending === 0 ? [] : await this.readHeld(),
      oldestPendingSeconds: Math.round(Number(work.oldest ?? 0)),
      quiet:
        deliveries.pending + handlers.pending + events.pending + notifications.pending + addedPending === 0,
    };
  }
}

const pickCounts = <Name extends string>(
  names: readonly Name[],
  counts: StatusCounts,
): Record<Name, number> =>
  Object.fromEntries(names.map((name) => [name, Number(counts[name] ?? 0)])) as Record<Name, number>;
