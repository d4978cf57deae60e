import { Module } from '@nestjs/common';
import { ApiKeyGuard } from '../http/api-key.guard.js';
import { NotificationsModule } from '../notifications/notifications.module.js';
import { WebhooksModule } from '../webhooks/webhooks.module.js';
import { HandlerRunsController } from './handler-runs.controller.js';
import { HealthController } from './health.controller.js';
import { MetricsController } from './metrics.controller.js';
import { StatsController } from './stats.controller.js';
import { Stats } from './stats.js';

/** What keeps a service running: numbers, health, metrics. */
@Module({
  imports: [WebhooksModule, NotificationsModule],
  controllers: [StatsController, HandlerRunsController, HealthController, MetricsController],
  providers: [Stats, ApiKeyGuard],
})
export class OperationsModule {}
