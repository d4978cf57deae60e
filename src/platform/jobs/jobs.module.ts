import { Global, Module } from '@nestjs/common';
import { DEFAULT_LEASES, LEASES } from './leases.js';
import { DEFAULT_RETRY_POLICY, RETRY_POLICY } from './retry-policy.js';
import { WorkerSession } from './worker-session.js';

/** The session of the process, and the leases and the retry policy of every worker. Tests override the latter two. */
@Global()
@Module({
  providers: [
    { provide: RETRY_POLICY, useValue: DEFAULT_RETRY_POLICY },
    { provide: LEASES, useValue: DEFAULT_LEASES },
    WorkerSession,
  ],
  exports: [RETRY_POLICY, LEASES, WorkerSession],
})
export class JobsModule {}
