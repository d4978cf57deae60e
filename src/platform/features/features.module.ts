import { type DynamicModule, Module } from '@nestjs/common';
import { CONFIGURABLE_FEATURES } from '../config/config.module.js';
import { EXTRA_FEATURES, FEATURES, type PayhookFeature } from './feature.js';
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
        FeatureJobs,
      ],
      exports: [FEATURES, CONFIGURABLE_FEATURES, FeatureJobs],
    };
  }
}
