import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiServiceUnavailableResponse, ApiTags } from '@nestjs/swagger';
import { DataSource } from 'typeorm';
import { HandlerWorker } from '../../platform/events/index.js';
import { Problem } from '../../platform/http/problem.js';
import { NotificationWorker } from '../../notifications/sending/notification-worker.js';
import { DeliveryWorker } from '../../webhooks/processing/delivery-worker.js';
import { StorageHealth } from '../../webhooks/inbox/storage-health.js';
import { SharedAnswer } from './shared-answer.js';

/** For each question to the database; what has no answer by then is down. */
const CHECK_TIMEOUT_MS = 2_000;
/** One check serves all who ask within a second: the door is open to anybody. */
const CHECKS_MAX_AGE_MS = 1_000;
/** Longer than any single step may take: a loop that has not come round by then hangs. */
const WORKER_STALLED_AFTER_MS = 120_000;

type Check = 'up' | 'down';

interface Checks {
  database: Check;
  migrations: Check;
  /** A message can be written: none was refused since the last that was, and where there was none lately, a probe. */
  storage: Check;
  worker: Check;
}

/** For load balancers and orchestrators; open to all, and silent about why. */
@ApiTags('operations')
@Controller('health')
export class HealthController {
  private readonly checks = new SharedAnswer(() => this.runChecks(), CHECKS_MAX_AGE_MS);
  private seenStorageChanges = 0;

  constructor(
    private readonly db: DataSource,
    private readonly storage: StorageHealth,
    private readonly deliveries: DeliveryWorker,
    private readonly handlers: HandlerWorker,
    private readonly notifications: NotificationWorker,
  ) {}

  /** The process answers: restart it if not. */
  @Get('live')
  @ApiOkResponse()
  live(): { status: 'up' } {
    return { status: 'up' };
  }

  /** It can take webhooks: send it none if not. */
  @Get('ready')
  @ApiOkResponse()
  @ApiServiceUnavailableResponse()
  async ready(): Promise<Checks & { status: 'up' }> {
    // A write that failed since the last check counts at once, as does one that succeeded after failures.
    if (this.seenStorageChanges !== this.storage.changes) this.checks.forget();
    this.seenStorageChanges = this.storage.changes;
    const found = await this.checks.get();
    const checks: Checks = { ...found, storage: this.storage.canStore ? found.storage : 'down' };
    if (Object.values(checks).includes('down')) {
      throw new Problem(
        { type: '/problems/not-ready', title: 'Not ready', status: 503, checks },
        { 'Retry-After': '5' },
      );
    }
    return { status: 'up', ...checks };
  }

  private async runChecks(): Promise<Checks> {
    const [database, migrations, storage] = await Promise.all([
      checkWithinTimeout(this.db.query('SELECT 1').then(() => true)),
      checkWithinTimeout(this.db.showMigrations().then((pending) => !pending)),
      checkWithinTimeout(this.storage.check()),
    ]);
    return { database, migrations, storage, worker: this.checkWorker() };
  }

  private checkWorker(): Check {
    const loops = [this.deliveries.loop, this.handlers.loop, this.notifications.loop];
    return loops.every((loop) => loop.msSinceLastStep() < WORKER_STALLED_AFTER_MS) ? 'up' : 'down';
  }
}

/** What fails is down, as is what takes too long. */
async function checkWithinTimeout(question: Promise<boolean>): Promise<Check> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => (timer = setTimeout(resolve, CHECK_TIMEOUT_MS, false)));
  const up = await Promise.race([question, late]).catch(() => false);
  clearTimeout(timer);
  return up ? 'up' : 'down';
}
