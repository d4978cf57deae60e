import { Module } from '@nestjs/common';
import { ConfigModule } from './platform/config/config.module.js';
import { DatabaseModule } from './platform/database/database.module.js';
import { EventsModule } from './platform/events/index.js';
import { FeaturesModule } from './platform/features/index.js';
import { features } from './app/features.js';
import { RoleRoutesModule } from './app/role-routes.module.js';
import { NotificationsModule } from './notifications/index.js';
import { OperationsModule } from './operations/operations.module.js';
import { PaymentsModule } from './payments/payments.module.js';
import { schema } from './schema/index.js';
import { GatewaysModule } from './webhooks/gateways/gateways.module.js';
import { WebhooksModule } from './webhooks/index.js';

@Module({
  imports: [
    GatewaysModule,
    ConfigModule.forRoot({ imports: [GatewaysModule] }),
    DatabaseModule.forRoot(schema),
    EventsModule,
    FeaturesModule.forRoot(features),
    WebhooksModule,
    PaymentsModule,
    NotificationsModule,
    ...features.flatMap((feature) => feature.imports ?? []),
    OperationsModule,
    RoleRoutesModule.forRoutes(null),
  ],
  providers: features.flatMap((feature) => [...(feature.handlers ?? [])]),
})
export class AppModule {}
