import { type DynamicModule, Module, type ModuleMetadata } from '@nestjs/common';
import { type ConfigurableGateway } from './configurable-gateway.js';
import { loadEnv } from './load-env.js';

/** Injects the `Env`. */
export const ENV = Symbol('ENV');

/** Injects `readonly ConfigurableGateway[]`; whoever knows the gateways provides it. */
export const CONFIGURABLE_GATEWAYS = Symbol('CONFIGURABLE_GATEWAYS');

/**
 * Gives {@link ENV} to every module. The environment is read when the application is made, not when this file is
 * imported; a fault rejects the making with a ConfigurationError.
 */
@Module({})
export class ConfigModule {
  /** One of `imports` exports {@link CONFIGURABLE_GATEWAYS}. */
  static forRoot({ imports }: Required<Pick<ModuleMetadata, 'imports'>>): DynamicModule {
    return {
      module: ConfigModule,
      global: true,
      imports,
      providers: [
        {
          provide: ENV,
          inject: [CONFIGURABLE_GATEWAYS],
          useFactory: (gateways: readonly ConfigurableGateway[]) => loadEnv(gateways),
        },
      ],
      exports: [ENV],
    };
  }
}
