import { type DynamicModule, Module } from '@nestjs/common';
import { EXTRA_CHANNEL } from '../notifications/index.js';
import { EXTRA_GATEWAYS } from '../webhooks/gateways/index.js';
import { type Extensions, mergeExtensions } from './extensions.js';

/** Provides what was added from outside: the modules it concerns look for it, and go without where there is none. */
@Module({})
export class ExtensionsModule {
  static of(extensions: Extensions): DynamicModule {
    const { gateways, channels, handlers } = mergeExtensions([extensions]);
    return {
      module: ExtensionsModule,
      global: true,
      providers: [
        ...handlers,
        { provide: EXTRA_GATEWAYS, useValue: gateways },
        { provide: EXTRA_CHANNEL, useValue: channels[0] ?? null },
      ],
      exports: [EXTRA_GATEWAYS, EXTRA_CHANNEL],
    };
  }
}
