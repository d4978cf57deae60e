import { Controller, Get, Inject, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { Gauge, register } from 'prom-client';
import { ENV } from '../config/config.module.js';
import type { Env } from '../config/env.js';
import { ApiKeyGuard } from '../http/api-key.guard.js';
import { metricsOfAllWorkers } from '../workers/worker.js';
import { Stats } from './stats.js';

/** Read from the database as a worker is asked: its own is the newest, and all there is. */
const aggregator = 'first';

const pending = new Gauge({
  name: 'payhook_pending',
  help: 'Work that waits, by what it is',
  labelNames: ['work'] as const,
  aggregator,
});
const stuck = new Gauge({
  name: 'payhook_stuck',
  help: 'Work that waits for an operator, by what it is',
  labelNames: ['work'] as const,
  aggregator,
});
const oldestPending = new Gauge({
  name: 'payhook_oldest_pending_seconds',
  help: 'Age of the oldest pending delivery',
  aggregator,
});

/** Prometheus text, of all workers whichever of them is asked. Keyed, unless the environment opens it. */
@ApiExcludeController()
@Controller('metrics')
export class MetricsController {
  constructor(
    @Inject(Stats) private readonly stats: Stats,
    @Inject(ENV) private readonly env: Env,
    @Inject(ApiKeyGuard) private readonly keys: ApiKeyGuard,
  ) {}

  @Get()
  async read(@Req() request: Request, @Res() response: Response): Promise<void> {
    if (!this.env.metricsPublic) this.keys.check(request, 'read');
    const { deliveries, handlers, notifications, oldestPendingSeconds } = await this.stats.snapshot();
    pending.set({ work: 'deliveries' }, deliveries.pending);
    pending.set({ work: 'handlers' }, handlers.pending);
    pending.set({ work: 'notifications' }, notifications.pending);
    stuck.set({ work: 'parked_deliveries' }, deliveries.parked);
    stuck.set({ work: 'dead_deliveries' }, deliveries.dead);
    stuck.set({ work: 'dead_handlers' }, handlers.dead);
    stuck.set({ work: 'dead_notifications' }, notifications.dead);
    oldestPending.set(oldestPendingSeconds);
    response.type(register.contentType).send(await (await metricsOfAllWorkers()).metrics());
  }
}
