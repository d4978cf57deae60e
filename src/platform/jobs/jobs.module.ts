import { Global, Module } from '@nestjs/common';
import { DEFAULT_LEASES, LEASES } from './leases.js';
import { DEFAULT_RETRY_POLICY, RETRY_POLICY } from './retry-policy.js';

/** The leases and the retry policy of every worker. Tests override both providers. */
@Global()
@Module({
  providers: [
    { provide: RETRY_POLICY, useValue: DEFAULT_RETRY_POLICY },
    { provide: LEASES, useValue: DEFAULT_LEASES },
  ],
  exports: [RETRY_POLICY, LEASES],
})
export class JobsModule {}
