import { Controller, Get, Inject, Logger, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { Gauge, register, Registry } from 'prom-client';
import { ENV } from '../../platform/config/config.module.js';
import type { Env } from '../../platform/config/env.js';
import { describeError } from '../../platform/logging/describe-error.js';
import { ApiKeyGuard } from '../../platform/http/api-key.guard.js';
import { metricsOfAllWorkers } from '../../app/cluster/worker.js';
import { Stats, type StatsView } from './stats.js';

/** What is read from the database as somebody asks. In a registry of its own: it is the same for all workers. */
const databaseMetrics = new Registry();
const registers = [databaseMetrics];

const pendingGauge = new Gauge({
  name: 'payhook_pending',
  help: 'Work that waits, by what it is',
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

/** Told in any case. */
const reachabilityMetrics = new Registry();
/** Whether the database was there to be asked; without it the readings are left out, as nobody knows them. */
const reachableGauge = new Gauge({
  name: 'payhook_database_reachable',
  help: '1 where the database answered this request, 0 where it did not: what is read from it is left out then',
  registers: [reachabilityMetrics],
});

/** A scrape is answered within its usual 10 s, also while the database says nothing. */
const DATABASE_TIMEOUT_MS = 2_000;
/** Scrapers that come together share a snapshot. */
const SNAPSHOT_MAX_AGE_MS = 1_000;

/** Prometheus text, of all workers whichever of them is asked. Keyed, unless the environment opens it. */
@ApiExcludeController()
@Controller('metrics')
export class MetricsController {
  private readonly logger = new Logger(MetricsController.name);

  constructor(
    @Inject(Stats) private readonly stats: Stats,
    @Inject(ENV) private readonly env: Env,
    @Inject(ApiKeyGuard) private readonly keys: ApiKeyGuard,
  ) {}

  @Get()
  async read(@Req() request: Request, @Res() response: Response): Promise<void> {
    if (!this.env.metricsPublic) this.keys.check(request, 'read');
    const stats = await this.readStatsWithinTimeout();
    reachableGauge.set(stats === null ? 0 : 1);
    if (stats !== null) setGauges(stats);
    const texts = [
      await (await metricsOfAllWorkers()).metrics(),
      await reachabilityMetrics.metrics(),
      ...(stats === null ? [] : [await databaseMetrics.metrics()]),
    ];
    response.type(register.contentType).send(texts.join('\n'));
  }

  /** Null where the database is away, or does not answer in time. */
  private async readStatsWithinTimeout(): Promise<StatsView | null> {
    const late = new Promise<null>((resolve) => setTimeout(resolve, DATABASE_TIMEOUT_MS, null).unref());
    const stats = this.stats.readRecentSnapshot(SNAPSHOT_MAX_AGE_MS).catch((error: unknown) => {
      this.logger.warn(`metrics without what is read from the database: ${describeError(error)}`);
      return null;
    });
    return Promise.race([stats, late]);
  }
}

function setGauges({ deliveries, handlers, notifications, oldestPendingSeconds }: StatsView): void {
  pendingGauge.set({ work: 'deliveries' }, deliveries.pending);
  pendingGauge.set({ work: 'handlers' }, handlers.pending);
  pendingGauge.set({ work: 'notifications' }, notifications.pending);
  stuckGauge.set({ work: 'parked_deliveries' }, deliveries.parked);
  stuckGauge.set({ work: 'dead_deliveries' }, deliveries.dead);
  stuckGauge.set({ work: 'dead_handlers' }, handlers.dead);
  stuckGauge.set({ work: 'dead_notifications' }, notifications.dead);
  oldestPendingGauge.set(oldestPendingSeconds);
}
