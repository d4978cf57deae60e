import { Module } from '@nestjs/common';
import { ApiKeyGuard } from '../platform/http/api-key.guard.js';
import { NotificationsModule } from '../notifications/index.js';
import { PaymentsModule } from '../payments/payments.module.js';
import { WebhooksModule } from '../webhooks/index.js';
import { CatchUp } from './catch-up/catch-up.js';
import { CustomerErasure } from './privacy/customer-erasure.js';
import { CustomersController } from './privacy/customers.controller.js';
import { EventSchemasController } from './events/event-schemas.controller.js';
import { EventsController } from './events/events.controller.js';
import { HandlerRunsController } from './handler-runs/handler-runs.controller.js';
import { FeatureGauges } from './monitoring/feature-gauges.js';
import { HealthChecks } from './monitoring/health-checks.js';
import { HealthController } from './monitoring/health.controller.js';
import { MetricsController } from './monitoring/metrics.controller.js';
import { RetentionWorker } from './privacy/retention.js';
import { StatsController } from './monitoring/stats.controller.js';
import { Stats } from './monitoring/stats.js';
import { ShutdownLogger } from './monitoring/shutdown-logger.js';

/** Statistics, health and metrics for operators; retention and erasure of personal data. */
@Module({
  imports: [WebhooksModule, NotificationsModule, PaymentsModule],
  controllers: [
    StatsController,
    EventsController,
    EventSchemasController,
    HandlerRunsController,
    HealthController,
    MetricsController,
    CustomersController,
  ],
  providers: [
    CatchUp,
    FeatureGauges,
    HealthChecks,
    Stats,
    ApiKeyGuard,
    RetentionWorker,
    CustomerErasure,
    ShutdownLogger,
  ],
  exports: [Stats],
})
export class OperationsModule {}
