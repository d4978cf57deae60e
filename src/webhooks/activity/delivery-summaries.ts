import {
  Inject,
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { DataSource } from 'typeorm';
import { ENV } from '../../platform/config/config.module.js';
import type { Env } from '../../platform/config/env.js';
import { ProcessRole } from '../../platform/config/process-role.js';
import { tryJobLock } from '../../platform/database/advisory-locks.js';
import { PollingLoop } from '../../platform/jobs/index.js';
import { findNextPage, readSummedUpTo, sumUp } from '../inbox/delivery-summary.store.js';
import { GatewayActivity } from './gateway-activity.js';
import { SilenceWatch } from './silence-watch.js';

const LONGEST_PAUSE_MS = 30_000;
const SHORTEST_PAUSE_MS = 1_000;

/**
 * Keeps the counts of deliveries by type and the habit of each account up to date, a page of deliveries in a transaction,
 * and looks for silence once it has caught up. One process works at a time.
 */
@Injectable()
export class DeliverySummaries implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly loop: PollingLoop;

  constructor(
    private readonly db: DataSource,
    private readonly activity: GatewayActivity,
    private readonly silence: SilenceWatch,
    private readonly role: ProcessRole,
    @Inject(ENV) { silenceAfterHours }: Env,
  ) {
    const quarter = (silenceAfterHours * 3_600_000) / 4;
    const pauseMs = Math.max(SHORTEST_PAUSE_MS, Math.min(LONGEST_PAUSE_MS, quarter));
    this.loop = new PollingLoop(DeliverySummaries.name, () => this.step(), pauseMs);
  }

  onApplicationBootstrap(): void {
    if (this.role.works) this.loop.start();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.loop.stop();
  }

  private async step(now = new Date()): Promise<number> {
    const done = await this.db.transaction(async (manager): Promise<'busy' | 'more' | 'all'> => {
      if (!(await tryJobLock(manager, 'delivery summary'))) return 'busy';
      const after = await readSummedUpTo(manager);
      const next = await findNextPage(manager, after, now);
      if (next !== null) await this.activity.keep(manager, after, next, now);
      await sumUp(manager, after, next ?? after);
      return next === null ? 'all' : 'more';
    });
    if (done === 'all') await this.silence.check(now);
    return done === 'more' ? 1 : 0;
  }
}
