import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiServiceUnavailableResponse, ApiTags } from '@nestjs/swagger';
import { DataSource } from 'typeorm';
import { HandlerWorker } from '../events/index.js';
import { Problem } from '../http/problem.js';
import { NotificationWorker } from '../notifications/notification-worker.js';
import { DeliveryWorker } from '../webhooks/delivery-worker.js';

const DATABASE_MS = 2_000;
/** Longer than any single step may take: a loop that has not come round by then hangs. */
const WORKER_MS = 120_000;

type Check = 'up' | 'down';

/** For load balancers and orchestrators; open to all, and silent about why. */
@ApiTags('operations')
@Controller('health')
export class HealthController {
  constructor(
    private readonly db: DataSource,
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
  async ready(): Promise<Record<string, Check>> {
    const database = await this.database();
    const migrations = database === 'up' ? await this.migrations() : 'down';
    const checks = { database, migrations, worker: this.worker() };
    if (Object.values(checks).includes('down')) {
      throw new Problem(
        { type: '/problems/not-ready', title: 'Not ready', status: 503, checks },
        { 'Retry-After': '5' },
      );
    }
    return { status: 'up', ...checks };
  }

  private async database(): Promise<Check> {
    const timeout = new Promise<Check>((resolve) => setTimeout(resolve, DATABASE_MS, 'down').unref());
    const answer = this.db.query('SELECT 1').then(
      (): Check => 'up',
      (): Check => 'down',
    );
    return Promise.race([answer, timeout]);
  }

  private async migrations(): Promise<Check> {
    return (await this.db.showMigrations()) ? 'down' : 'up';
  }

  private worker(): Check {
    const loops = [this.deliveries.loop, this.handlers.loop, this.notifications.loop];
    return loops.every((loop) => loop.idleFor() < WORKER_MS) ? 'up' : 'down';
  }
}
