import {
  Inject,
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { DataSource } from 'typeorm';
import { ENV } from '../config/config.module.js';
import type { Env } from '../config/env.js';
import { ProcessRole } from '../config/process-role.js';
import { PollingLoop } from '../jobs/index.js';
import { type FeatureContext, FEATURES, type PayhookFeature } from './feature.js';

/**
 * Runs the jobs of all features where this process works, each in a loop of its own, from the start of the application
 * to its end.
 */
@Injectable()
export class FeatureJobs implements OnApplicationBootstrap, BeforeApplicationShutdown {
  /** A loop that hangs makes the process not ready. */
  readonly loops: readonly PollingLoop[];

  constructor(
    @Inject(FEATURES) features: readonly PayhookFeature[],
    db: DataSource,
    modules: ModuleRef,
    private readonly role: ProcessRole,
    @Inject(ENV) env: Env,
  ) {
    const context: FeatureContext = {
      db,
      settings: env.features,
      get: (token) => modules.get(token, { strict: false }),
    };
    this.loops = features.flatMap((feature) =>
      (feature.jobs ?? []).map(
        (job) => new PollingLoop(`${feature.name}: ${job.name}`, () => job.step(context), job.idleMs),
      ),
    );
  }

  onApplicationBootstrap(): void {
    if (!this.role.works) return;
    for (const loop of this.loops) loop.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all(this.loops.map((loop) => loop.stop()));
  }
}
