import { type DynamicModule, Module } from '@nestjs/common';
import { CONFIGURABLE_FEATURES, ENV } from '../config/config.module.js';
import type { Env } from '../config/env.js';
import { EXTRA_FEATURES, FEATURE_SETTINGS, FEATURES, type PayhookFeature } from './feature.js';
import { FeatureJobs } from './feature-jobs.js';

/** Knows every feature of the application, and runs their jobs. */
@Module({})
export class FeaturesModule {
  /** `shipped` are the features of Payhook itself. Others come by {@link EXTRA_FEATURES}. */
  static forRoot(shipped: readonly PayhookFeature[]): DynamicModule {
    return {
      module: FeaturesModule,
      global: true,
      providers: [
        {
          provide: FEATURES,
          inject: [{ token: EXTRA_FEATURES, optional: true }],
          useFactory: (extra: readonly PayhookFeature[] = []) => [...shipped, ...extra],
        },
        { provide: CONFIGURABLE_FEATURES, useExisting: FEATURES },
        { provide: FEATURE_SETTINGS, inject: [ENV], useFactory: ({ features }: Env) => features },
        FeatureJobs,
      ],
      exports: [FEATURES, FEATURE_SETTINGS, CONFIGURABLE_FEATURES, FeatureJobs],
    };
  }
}
