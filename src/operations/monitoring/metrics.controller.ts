import { Controller, Get, Inject, Logger, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { Gauge, register, Registry } from 'prom-client';
import { ENV } from '../../platform/config/config.module.js';
import type { Env } from '../../platform/config/env.js';
import { describeError } from '../../platform/events/index.js';
import { ApiKeyGuard } from '../../platform/http/api-key.guard.js';
import { metricsOfAllWorkers } from '../../app/cluster/worker.js';
import { Stats, type StatsView } from './stats.js';

/** What is read from the database as somebody asks. In a registry of its own: it is the same for all workers. */
const readings = new Registry();
const registers = [readings];

const pending = new Gauge({
  name: 'payhook_pending',
  help: 'Work that waits, by what it is',
  labelNames: ['work'] as const,
  registers,
});
const stuck = new Gauge({
  name: 'payhook_stuck',
  help: 'Work that waits for an operator, by what it is',
  labelNames: ['work'] as const,
  registers,
});
const oldestPending = new Gauge({
  name: 'payhook_oldest_pending_seconds',
  help: 'Age of the oldest pending delivery',
  registers,
});

/** Told in any case. */
const always = new Registry();
/** Whether the database was there to be asked; without it the readings are left out, as nobody knows them. */
const reachable = new Gauge({
  name: 'payhook_database_reachable',
  help: '1 where the database answered this request, 0 where it did not: what is read from it is left out then',
  registers: [always],
});

/** A scrape is answered within its usual 10 s, also while the database says nothing. */
const DATABASE_MS = 2_000;
/** Scrapers that come together share a snapshot. */
const SHARED_MS = 1_000;

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
    const stats = await this.statsInTime();
    reachable.set(stats === null ? 0 : 1);
    if (stats !== null) show(stats);
    const texts = [
      await (await metricsOfAllWorkers()).metrics(),
      await always.metrics(),
      ...(stats === null ? [] : [await readings.metrics()]),
    ];
    response.type(register.contentType).send(texts.join('\n'));
  }

  /** Null where the database is away, or does not answer in time. */
  private async statsInTime(): Promise<StatsView | null> {
    const late = new Promise<null>((resolve) => setTimeout(resolve, DATABASE_MS, null).unref());
    const stats = this.stats.recent(SHARED_MS).catch((error: unknown) => {
      this.logger.warn(`metrics without what is read from the database: ${describeError(error)}`);
      return null;
    });
    return Promise.race([stats, late]);
  }
}

function show({ deliveries, handlers, notifications, oldestPendingSeconds }: StatsView): void {
  pending.set({ work: 'deliveries' }, deliveries.pending);
  pending.set({ work: 'handlers' }, handlers.pending);
  pending.set({ work: 'notifications' }, notifications.pending);
  stuck.set({ work: 'parked_deliveries' }, deliveries.parked);
  stuck.set({ work: 'dead_deliveries' }, deliveries.dead);
  stuck.set({ work: 'dead_handlers' }, handlers.dead);
  stuck.set({ work: 'dead_notifications' }, notifications.dead);
  oldestPending.set(oldestPendingSeconds);
}
