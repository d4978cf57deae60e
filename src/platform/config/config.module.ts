import { type DynamicModule, Module, type ModuleMetadata } from '@nestjs/common';
import { type ConfigurableFeature } from './configurable-feature.js';
import { type ConfigurableGateway } from './configurable-gateway.js';
import type { Env } from './env.js';
import { type HostConfiguration, loadEnv, loadHostEnv } from './load-env.js';
import { ProcessRole } from './process-role.js';

/** Injects the `Env`. */
export const ENV = Symbol('ENV');

/** Injects a `HostConfiguration` where Payhook is part of another application. */
export const HOST_CONFIGURATION = Symbol('HOST_CONFIGURATION');

/** Injects `readonly ConfigurableGateway[]`, which a module above the platform provides. */
export const CONFIGURABLE_GATEWAYS = Symbol('CONFIGURABLE_GATEWAYS');

/** Injects `readonly ConfigurableFeature[]`, which a global module above this one provides. */
export const CONFIGURABLE_FEATURES = Symbol('CONFIGURABLE_FEATURES');

/**
 * Provides {@link ENV} and {@link ProcessRole} to every module. The environment is read when the application is created, not when this file is
 * imported. A fault rejects the creation with a ConfigurationError.
 */
@Module({})
export class ConfigModule {
  /** One of `imports` must export {@link CONFIGURABLE_GATEWAYS}. */
  static forRoot({ imports }: Required<Pick<ModuleMetadata, 'imports'>>): DynamicModule {
    return {
      module: ConfigModule,
      global: true,
      imports,
      providers: [
        {
          provide: ENV,
          inject: [
            CONFIGURABLE_GATEWAYS,
            { token: HOST_CONFIGURATION, optional: true },
            { token: CONFIGURABLE_FEATURES, optional: true },
          ],
          useFactory: (
            gateways: readonly ConfigurableGateway[],
            host?: HostConfiguration,
            features?: readonly ConfigurableFeature[],
          ) =>
            host
              ? loadHostEnv(gateways, host, features)
              : loadEnv(gateways, process.env, process.cwd(), features),
        },
        { provide: ProcessRole, inject: [ENV], useFactory: ({ role }: Env) => new ProcessRole(role) },
      ],
      exports: [ENV, ProcessRole],
    };
  }
}
