import { EventLogWorker } from '../../src/platform/events/index.js';
import type { TestApp } from './test-app.js';

const DAY_MS = 24 * 3_600_000;

/** Removes old events when a test says so: the round of the start ends first, and there is no other. */
export class EventRetention {
  private readonly worker: EventLogWorker;

  constructor(app: TestApp) {
    this.worker = app.app.get(EventLogWorker);
  }

  stop(): Promise<void> {
    return this.worker.retention.stop();
  }

  /** Everything that is due so many days from now. Resolves with how many events. */
  async expireIn(days: number): Promise<number> {
    const now = new Date(Date.now() + days * DAY_MS);
    let expired = 0;
    for (let step = -1; step !== 0; expired += step) step = await this.worker.expire(now);
    return expired;
  }
}
