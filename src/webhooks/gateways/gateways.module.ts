import { Global, Module } from '@nestjs/common';
import { CONFIGURABLE_GATEWAYS } from '../../platform/config/config.module.js';
import { GATEWAY_VOCABULARIES } from '../../payments/index.js';
import { EXTRA_GATEWAYS, type Gateway, GATEWAYS, gateways } from './index.js';

/** Apart from the webhooks themselves, as the configuration has to know the gateways' names first. */
@Global()
@Module({
  providers: [
    {
      provide: GATEWAYS,
      inject: [{ token: EXTRA_GATEWAYS, optional: true }],
      useFactory: (extra: readonly Gateway[] = []): readonly Gateway[] => [...gateways, ...extra],
    },
    { provide: CONFIGURABLE_GATEWAYS, useExisting: GATEWAYS },
    { provide: GATEWAY_VOCABULARIES, useExisting: GATEWAYS },
  ],
  exports: [GATEWAYS, CONFIGURABLE_GATEWAYS, GATEWAY_VOCABULARIES],
})
export class GatewaysModule {}
