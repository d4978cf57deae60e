import { AggregatorRegistry } from 'prom-client';
import type { MetricsSnapshot } from './ipc-messages.js';

/**
 * The metrics of each worker as it last sent them. The counters of an ended worker are kept and added up: Prometheus
 * takes a falling counter for a restart of the service, and would count everything again.
 */
export class ClusterMetrics {
  private readonly latest = new Map<number, MetricsSnapshot>();
  private totalsOfEnded: Promise<MetricsSnapshot> = Promise.resolve([]);

  record(worker: number, metrics: MetricsSnapshot): void {
    this.latest.set(worker, metrics);
  }

  workerEnded(worker: number): void {
    const counted = (this.latest.get(worker) ?? []).filter(({ type }) =>
      CUMULATIVE_TYPES.includes(String(type)),
    );
    this.latest.delete(worker);
    this.totalsOfEnded = this.totalsOfEnded.then((totals) =>
      AggregatorRegistry.aggregate([totals, counted]).getMetricsAsJSON(),
    );
  }

  /** The metrics of every worker except this one, plus the totals of ended workers. */
  async metricsOfOthers(worker: number): Promise<MetricsSnapshot[]> {
    const living = [...this.latest].filter(([id]) => id !== worker).map(([, metrics]) => metrics);
    return [...living, await this.totalsOfEnded];
  }
}

/** Types whose values only grow and outlive their worker. A gauge describes a living worker and is dropped with it. */
const CUMULATIVE_TYPES = ['counter', 'histogram'];
