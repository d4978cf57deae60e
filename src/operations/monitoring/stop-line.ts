import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import cluster from 'node:cluster';
import { stopLine } from '../../app/service-lines.js';

/** The last line of a process that was told to end. Of several workers the primary says it, once. */
@Injectable()
export class ShutdownLogger implements OnApplicationShutdown {
  private readonly logger = new Logger('Service');

  onApplicationShutdown(signal?: string): void {
    if (!cluster.isWorker) this.logger.log(stopLine(signal));
  }
}
