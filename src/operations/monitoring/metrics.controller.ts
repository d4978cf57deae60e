import { Controller, Get, Inject, Logger, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { Gauge, register, Registry } from 'prom-client';
import { ENV } from '../../platform/config/config.module.js';
import type { Env } from '../../platform/config/env.js';
import { describeError } from '../../platform/logging/describe-error.js';
import { FEATURES, type PayhookFeature } from '../../platform/features/index.js';
import { SingleFlightCache } from '../../platform/jobs/single-flight-cache.js';
import { type AccountActivity, GatewayActivity } from '../../webhooks/index.js';
import { ApiKeyGuard } from '../../platform/http/api-key.guard.js';
import { ApiProblems } from '../../platform/http/api-problems.decorator.js';
import { refuseQuery } from '../../platform/http/query.guard.js';
import {
  BAD_REQUEST,
  FORBIDDEN,
  TOO_MANY_REFUSALS,
  UNAUTHORIZED,
} from '../../platform/http/problem-types.js';
import { metricsOfAllWorkers } from '../../app/cluster/worker.js';
import { FeatureGauges } from './feature-gauges.js';
import { Stats, type StatsView } from './stats.js';
import { isCounted } from './work-counts.js';

/** Gauges that each scrape reads from the database. They have a registry of their own: all workers would report the same. */
const databaseMetrics = new Registry();
const registers = [databaseMetrics];

const pendingGauge = new Gauge({
  name: 'payhook_pending',
  help: 'Work that waits, by what it is',
  labelNames: ['work'] as const,
  registers,
});
const scheduledGauge = new Gauge({
  name: 'payhook_scheduled',
  help: 'Work that waits for a later time, by what it is',
  labelNames: ['work'] as const,
  registers,
});
const stuckGauge = new Gauge({
  name: 'payhook_stuck',
  help: 'Work that waits for an operator, by what it is',
  labelNames: ['work'] as const,
  registers,
});
const oldestPendingGauge = new Gauge({
  name: 'payhook_oldest_pending_seconds',
  help: 'Age of the oldest pending delivery',
  registers,
});

const eventLagGauge = new Gauge({
  name: 'payhook_event_log_lag_seconds',
  help: 'How long the oldest domain event without a place in the log has waited; 0 where none waits',
  registers,
});

const heldGauge = new Gauge({
  name: 'payhook_held_messages',
  help: 'Messages to customers that wait until an operator changes a setting of their channel',
  labelNames: ['channel'] as const,
  registers,
});

const lastEventGauge = new Gauge({
  name: 'payhook_gateway_last_event_timestamp_seconds',
  help: 'When the last event of a gateway and account came; test messages are none',
  labelNames: ['gateway', 'account'] as const,
  registers,
});

/** Reported in every scrape. */
const reachabilityMetrics = new Registry();
/** Whether the database answered this scrape. If it did not, the gauges that are read from it are left out. */
const reachableGauge = new Gauge({
  name: 'payhook_database_reachable',
  help: '1 where the database answered this request, 0 where it did not: what is read from it is left out then',
  registers: [reachabilityMetrics],
});

/** Prometheus gives up after 10 s. The scrape must be answered by then although the database does not answer. */
const DATABASE_TIMEOUT_MS = 2_000;
/** Scrapes within one second share a snapshot. */
const SNAPSHOT_MAX_AGE_MS = 1_000;
/** The last events are read from the deliveries of two minutes. */
const ACTIVITY_MAX_AGE_MS = 1_000;

/** Metrics of all workers, from any of them, as Prometheus text. Needs an API key unless `METRICS_PUBLIC=1`. */
@ApiTags('operations')
@ApiBearerAuth()
@Controller('metrics')
export class MetricsController {
  private readonly logger = new Logger(MetricsController.name);
  private readonly activity: SingleFlightCache<AccountActivity[]>;

  constructor(
    @Inject(Stats) private readonly stats: Stats,
    @Inject(GatewayActivity) activity: GatewayActivity,
    @Inject(ENV) private readonly env: Env,
    @Inject(ApiKeyGuard) private readonly keys: ApiKeyGuard,
    @Inject(FeatureGauges) private readonly gauges: FeatureGauges,
    @Inject(FEATURES) private readonly features: readonly PayhookFeature[],
  ) {
    this.activity = new SingleFlightCache(() => activity.read());
  }

  @Get()
  @ApiOperation({
    summary: 'Metrics in the Prometheus text format',
    description: 'Open to everybody where `METRICS_PUBLIC=1` is configured.',
  })
  @ApiProduces('text/plain')
  @ApiOkResponse({
    schema: { type: 'string', example: 'payhook_database_reachable 1' },
    description: 'Metrics of all workers',
  })
  @ApiProblems(BAD_REQUEST, UNAUTHORIZED, FORBIDDEN, TOO_MANY_REFUSALS)
  async read(@Req() request: Request, @Res() response: Response): Promise<void> {
    if (!this.env.metricsPublic) this.keys.check(request, 'read');
    refuseQuery(request);
    const [stats, activity] = await this.readWithinTimeout();
    reachableGauge.set(stats === null ? 0 : 1);
    if (stats !== null) setGauges(stats, this.features);
    setLastEvents(activity);
    const texts = [
      await (await metricsOfAllWorkers()).metrics(),
      await reachabilityMetrics.metrics(),
      ...(stats === null ? [] : [await databaseMetrics.metrics(), await this.gauges.text()]),
    ];
    response.type(register.contentType).send(texts.join('\n'));
  }

  /** Null and nothing if the database is unavailable or does not answer within {@link DATABASE_TIMEOUT_MS}. */
  private async readWithinTimeout(): Promise<readonly [StatsView | null, readonly AccountActivity[]]> {
    const none = [null, []] as const;
    const timedOut = new Promise<typeof none>((resolve) =>
      setTimeout(resolve, DATABASE_TIMEOUT_MS, none).unref(),
    );
    const read = Promise.all([
      this.stats.readRecentSnapshot(SNAPSHOT_MAX_AGE_MS),
      this.activity.readRecent(ACTIVITY_MAX_AGE_MS),
      this.gauges.read(SNAPSHOT_MAX_AGE_MS),
    ] as const)
      .then(([stats, activity]) => [stats, activity] as const)
      .catch((error: unknown) => {
        this.logger.warn(`metrics without what is read from the database: ${describeError(error)}`);
        return none;
      });
    return Promise.race([read, timedOut]);
  }
}

function setLastEvents(activity: readonly AccountActivity[]): void {
  for (const { account, lastEventAt } of activity)
    if (lastEventAt !== null)
      lastEventGauge.set(
        { gateway: account.gateway, account: account.account },
        lastEventAt.getTime() / 1_000,
      );
}

function setGauges(stats: StatsView, features: readonly PayhookFeature[]): void {
  const { deliveries, events, handlers, oldestPendingSeconds } = stats;
  pendingGauge.set({ work: 'deliveries' }, deliveries.pending);
  pendingGauge.set({ work: 'handlers' }, handlers.pending);
  pendingGauge.set({ work: 'events' }, events.pending);
  eventLagGauge.set(events.oldestPendingSeconds);
  stuckGauge.set({ work: 'parked_deliveries' }, deliveries.parked);
  stuckGauge.set({ work: 'dead_deliveries' }, deliveries.dead);
  stuckGauge.set({ work: 'dead_handlers' }, handlers.dead);
  for (const { name } of features.filter(isCounted)) {
    const counts = (stats as unknown as Record<string, Record<string, number>>)[name];
    pendingGauge.set({ work: name }, counts?.pending ?? 0);
    scheduledGauge.set({ work: name }, counts?.scheduled ?? 0);
    stuckGauge.set({ work: `dead_${name}` }, counts?.dead ?? 0);
  }
  oldestPendingGauge.set(oldestPendingSeconds);
  heldGauge.reset();
  for (const { channel, messages } of stats.held) heldGauge.set({ channel }, messages);
}
