import {
  Inject,
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { ProcessRole } from '../config/process-role.js';
import { PollingLoop } from '../jobs/index.js';
import { FEATURE_CONTEXT, type FeatureContext, FEATURES, type PayhookFeature } from './feature.js';
import { createFollowJob } from './payment-jobs.js';

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
    @Inject(FEATURE_CONTEXT) context: FeatureContext,
    private readonly role: ProcessRole,
  ) {
    this.loops = features.flatMap((feature) =>
      jobsOf(feature).map(
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

const jobsOf = ({ name, followPayments, jobs = [] }: PayhookFeature) =>
  followPayments === undefined ? jobs : [createFollowJob(name, followPayments), ...jobs];
