import { type DynamicModule, Inject, Module, type NestModule, type Type } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { ProcessRole } from '../platform/config/process-role.js';
import { HealthController } from '../operations/monitoring/health.controller.js';
import { MetricsController } from '../operations/monitoring/metrics.controller.js';

/** What every role serves. */
const COMMON_ROUTES: readonly unknown[] = [HealthController, MetricsController];

const ROUTED_MODULES = Symbol('ROUTED_MODULES');

/**
 * Removes the routes that a worker does not serve, before Nest registers them: a worker answers them with 404. The modules
 * stay, because their providers do the work.
 */
@Module({})
export class RoleRoutesModule implements NestModule {
  /** `of` are the modules whose routes are the service's; null where all are. */
  static forRoutes(of: readonly Type[] | null): DynamicModule {
    return { module: RoleRoutesModule, providers: [{ provide: ROUTED_MODULES, useValue: of }] };
  }

  constructor(
    private readonly role: ProcessRole,
    private readonly modules: ModulesContainer,
    @Inject(ROUTED_MODULES) private readonly routed: readonly Type[] | null,
  ) {}

  /** Nest calls this for every module before the first route is registered. */
  configure(): void {
    if (this.role.receives) return;
    for (const { metatype, controllers } of this.modules.values()) {
      if (this.routed !== null && !this.routed.includes(metatype)) continue;
      for (const controller of [...controllers.keys()])
        if (!COMMON_ROUTES.includes(controller)) controllers.delete(controller);
    }
  }
}
