import { Module } from '@nestjs/common';
import { ApiKeyGuard } from '../platform/http/api-key.guard.js';
import { NotificationsModule } from '../notifications/notifications.module.js';
import { PaymentsModule } from '../payments/payments.module.js';
import { WebhooksModule } from '../webhooks/webhooks.module.js';
import { CustomerErasure } from './customer-erasure.js';
import { CustomersController } from './customers.controller.js';
import { HandlerRunsController } from './handler-runs.controller.js';
import { HealthController } from './health.controller.js';
import { MetricsController } from './metrics.controller.js';
import { Retention } from './retention.js';
import { StatsController } from './stats.controller.js';
import { Stats } from './stats.js';
import { StopLine } from './stop-line.js';

/** What keeps a service running: numbers, health, metrics; and what lets go of people's data in time. */
@Module({
  imports: [WebhooksModule, NotificationsModule, PaymentsModule],
  controllers: [
    StatsController,
    HandlerRunsController,
    HealthController,
    MetricsController,
    CustomersController,
  ],
  providers: [Stats, ApiKeyGuard, Retention, CustomerErasure, StopLine],
})
export class OperationsModule {}
