import { AggregatorRegistry } from 'prom-client';
import type { MetricsSnapshot } from './ipc-messages.js';

/**
 * What each worker counted when it was last asked. Of a worker that is gone the counts stay: a sum that falls reads
 * like a restart of the whole service, after which everything was counted anew.
 */
export class ClusterMetrics {
  private readonly latest = new Map<number, MetricsSnapshot>();
  private totalsOfEnded: Promise<MetricsSnapshot> = Promise.resolve([]);

  record(worker: number, numbers: MetricsSnapshot): void {
    this.latest.set(worker, numbers);
  }

  workerEnded(worker: number): void {
    const counted = (this.latest.get(worker) ?? []).filter(({ type }) =>
      CUMULATIVE_TYPES.includes(String(type)),
    );
    this.latest.delete(worker);
    this.totalsOfEnded = this.totalsOfEnded.then((gone) =>
      AggregatorRegistry.aggregate([gone, counted]).getMetricsAsJSON(),
    );
  }

  /** Of all but this one. */
  async metricsOfOthers(worker: number): Promise<MetricsSnapshot[]> {
    const living = [...this.latest].filter(([id]) => id !== worker).map(([, numbers]) => numbers);
    return [...living, await this.totalsOfEnded];
  }
}

/** What only ever grows. How much there is of something goes with the worker that said so. */
const CUMULATIVE_TYPES = ['counter', 'histogram'];
