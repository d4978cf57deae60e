import { type DynamicModule, Module } from '@nestjs/common';
import { EXTRA_CHANNELS } from '../notifications/index.js';
import { EXTRA_GATEWAYS } from '../webhooks/gateways/index.js';
import { SCHEMA } from '../platform/database/database.module.js';
import { EXTRA_FEATURES } from '../platform/features/index.js';
import { type Extensions, mergeExtensions, schemaWith } from './extensions.js';

/** Provides what was added from outside: the modules it concerns look for it, and go without where there is none. */
@Module({})
export class ExtensionsModule {
  static of(extensions: Extensions): DynamicModule {
    const { gateways, channels, handlers, features } = mergeExtensions([extensions]);
    return {
      module: ExtensionsModule,
      global: true,
      imports: features.flatMap(({ imports = [] }) => imports),
      providers: [
        ...handlers,
        ...features.flatMap((feature) => feature.handlers ?? []),
        { provide: EXTRA_GATEWAYS, useValue: gateways },
        { provide: EXTRA_CHANNELS, useValue: channels },
        { provide: EXTRA_FEATURES, useValue: features },
        { provide: SCHEMA, useValue: schemaWith(extensions) },
      ],
      exports: [EXTRA_GATEWAYS, EXTRA_CHANNELS, EXTRA_FEATURES, SCHEMA],
    };
  }
}
