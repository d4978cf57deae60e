import { ConfigurableModuleBuilder, type DynamicModule, Module, type Type } from '@nestjs/common';
import { RouterModule } from '@nestjs/core';
import { HOST_CONFIGURATION, ConfigModule } from '../../platform/config/config.module.js';
import { ConfigurationError } from '../../platform/config/configuration.errors.js';
import { DATABASE_SCHEMA_NAME, DatabaseModule } from '../../platform/database/database.module.js';
import { FeaturesModule } from '../../platform/features/index.js';
import { features } from '../features.js';
import { EventsModule } from '../../platform/events/index.js';
import { NotificationsModule } from '../../notifications/notifications.module.js';
import { OperationsModule } from '../../operations/operations.module.js';
import { PaymentsModule } from '../../payments/payments.module.js';
import { schema } from '../../schema/index.js';
import { GatewaysModule } from '../../webhooks/gateways/gateways.module.js';
import { gateways } from '../../webhooks/gateways/index.js';
import { WebhooksModule } from '../../webhooks/webhooks.module.js';
import { RoleRoutesModule } from '../role-routes.module.js';
import { extensionFaults } from '../extensions.js';
import { ExtensionsModule } from '../extensions.module.js';
import { EMBEDDED, EmbeddingChecks } from './embedding-checks.js';
import { HostDatabaseModule } from './host-database.module.js';
import { DEFAULT_PATH, DEFAULT_SCHEMA, type PayhookExtras, type PayhookOptions } from './payhook.options.js';
import { PayhookService } from './payhook.service.js';
import { ReadingAndReplaying } from './reading-and-replaying.js';

const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } = new ConfigurableModuleBuilder<PayhookOptions>({
  moduleName: 'Payhook',
})
  .setClassMethodName('forRoot')
  .setFactoryMethodName('createPayhookOptions')
  .setExtras<PayhookExtras>(
    { dataSource: null, path: DEFAULT_PATH, gateways: [], channels: [], handlers: [], features: [] },
    embed,
  )
  .build();

/** Those with routes. */
const ROUTED: readonly Type[] = [
  WebhooksModule,
  PaymentsModule,
  NotificationsModule,
  OperationsModule,
  ...shippedModules(),
];

/** Payhook's own modules beside what the builder made of the options. */
function embed(definition: DynamicModule, extras: PayhookExtras): DynamicModule {
  const { dataSource = null, path = DEFAULT_PATH } = extras;
  refuseFaulty(extras);
  return {
    ...definition,
    global: true,
    imports: [
      ...(definition.imports ?? []),
      ExtensionsModule.of(extras),
      GatewaysModule,
      ConfigModule.forRoot({ imports: [GatewaysModule] }),
      dataSource === null ? DatabaseModule.forRoot(schema) : HostDatabaseModule.on(dataSource),
      EventsModule,
      FeaturesModule.forRoot(features),
      ...ROUTED,
      RoleRoutesModule.forRoutes(ROUTED),
      RouterModule.register(ROUTED.map((module) => ({ path, module }))),
    ],
    providers: [
      ...(definition.providers ?? []),
      ...features.flatMap((feature) => feature.handlers ?? []),
      EmbeddingChecks,
      { provide: PayhookService, useClass: ReadingAndReplaying },
      { provide: EMBEDDED, useValue: { dataSource, path } },
      {
        provide: DATABASE_SCHEMA_NAME,
        inject: [MODULE_OPTIONS_TOKEN],
        useFactory: ({ schema: name = DEFAULT_SCHEMA }: PayhookOptions) => readSchemaName(name),
      },
      {
        provide: HOST_CONFIGURATION,
        inject: [MODULE_OPTIONS_TOKEN],
        useFactory: ({ settings }: PayhookOptions) => ({
          environment: settings,
          hostDatabase: dataSource !== null,
        }),
      },
    ],
    exports: [DATABASE_SCHEMA_NAME, HOST_CONFIGURATION, PayhookService],
  };
}

/** The modules of the features that ship; each is a class, as the router knows modules by their class. */
function shippedModules(): Type[] {
  return features
    .flatMap((feature) => feature.imports ?? [])
    .filter((module): module is Type => typeof module === 'function');
}

function refuseFaulty(extras: PayhookExtras): void {
  const taken = gateways.map(({ name }) => name);
  const faults = extensionFaults(extras, taken);
  if (faults.length > 0) throw new ConfigurationError(faults.map((fault) => `PayhookModule: ${fault}`));
}

function readSchemaName(name: string): string {
  if (/^[a-z_][a-z0-9_]{0,62}$/.test(name)) return name;
  throw new ConfigurationError([
    'PayhookModule: the schema must be at most 63 lower-case letters, digits and _, beginning with a letter or _',
  ]);
}

/**
 * Payhook as part of a host's application: `PayhookModule.forRoot(options)` or `forRootAsync` in the imports of its root
 * module, and `configurePayhook(app)` before it listens. Global: {@link PayhookService} may be injected anywhere. The
 * application does not start where an option or the host's data source cannot be used; the message lists every fault.
 */
@Module({})
export class PayhookModule extends ConfigurableModuleClass {}
