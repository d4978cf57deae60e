import { type DynamicModule, Module } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { DataSource } from 'typeorm';
import { CONFIGURABLE_FEATURES, ENV } from '../config/config.module.js';
import type { Env } from '../config/env.js';
import {
  EXTRA_FEATURES,
  FEATURE_CONTEXT,
  FEATURE_SETTINGS,
  FEATURES,
  type FeatureContext,
  type PayhookFeature,
} from './feature.js';
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
        {
          provide: FEATURE_CONTEXT,
          inject: [DataSource, ModuleRef, ENV],
          useFactory: (db: DataSource, modules: ModuleRef, env: Env): FeatureContext => ({
            db,
            settings: env.features,
            get: (token) => modules.get(token, { strict: false }),
          }),
        },
        FeatureJobs,
      ],
      exports: [FEATURES, FEATURE_CONTEXT, FEATURE_SETTINGS, CONFIGURABLE_FEATURES, FeatureJobs],
    };
  }
}
