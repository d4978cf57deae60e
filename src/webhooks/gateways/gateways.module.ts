import { Global, Module } from '@nestjs/common';
import { CONFIGURABLE_GATEWAYS } from '../../platform/config/config.module.js';
import { GATEWAYS, gateways } from './index.js';

/** Apart from the webhooks themselves, as the configuration has to know the gateways' names first. */
@Global()
@Module({
  providers: [
    { provide: GATEWAYS, useValue: gateways },
    { provide: CONFIGURABLE_GATEWAYS, useExisting: GATEWAYS },
  ],
  exports: [GATEWAYS, CONFIGURABLE_GATEWAYS],
})
export class GatewaysModule {}
