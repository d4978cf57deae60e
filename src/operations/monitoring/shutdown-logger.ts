import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import cluster from 'node:cluster';
import { stopLine } from '../../app/service-lines.js';

/** Logs the last line before the process ends. With several workers only the primary process logs it. */
@Injectable()
export class ShutdownLogger implements OnApplicationShutdown {
  private readonly logger = new Logger('Service');

  onApplicationShutdown(signal?: string): void {
    if (!cluster.isWorker) this.logger.log(stopLine(signal));
  }
}
