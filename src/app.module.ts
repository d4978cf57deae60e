import { Module } from '@nestjs/common';
import { ConfigModule } from './config/config.module.js';
import { DatabaseModule } from './database/database.module.js';
import { EventsModule } from './events/index.js';
import { NotificationsModule } from './notifications/notifications.module.js';
import { OperationsModule } from './operations/operations.module.js';
import { PaymentsModule } from './payments/payments.module.js';
import { GatewaysModule } from './webhooks/gateways/gateways.module.js';
import { WebhooksModule } from './webhooks/webhooks.module.js';

@Module({
  imports: [
    GatewaysModule,
    ConfigModule.forRoot({ imports: [GatewaysModule] }),
    DatabaseModule,
    EventsModule,
    WebhooksModule,
    PaymentsModule,
    NotificationsModule,
    OperationsModule,
  ],
})
export class AppModule {}
