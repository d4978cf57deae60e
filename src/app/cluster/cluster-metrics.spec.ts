import { describe, expect, it } from '@jest/globals';
import { AggregatorRegistry, Counter, Gauge, Registry } from 'prom-client';
import { ClusterMetrics } from './cluster-metrics.js';
import type { MetricsSnapshot } from './ipc-messages.js';

/** What a worker would tell that took so many, and sees so much waiting. */
function numbers(taken: number, waiting: number): Promise<MetricsSnapshot> {
  const registers = [new Registry()];
  new Counter({ name: 'taken', help: '-', labelNames: ['gateway'], registers }).inc({ gateway: 'a' }, taken);
  new Gauge({ name: 'waiting', help: '-', aggregator: 'max', registers }).set(waiting);
  return (registers[0] as Registry).getMetricsAsJSON();
}

async function told(counts: ClusterMetrics, asked: number): Promise<Record<string, number | undefined>> {
  const sum = await AggregatorRegistry.aggregate(await counts.metricsOfOthers(asked)).getMetricsAsJSON();
  return Object.fromEntries(sum.map(({ name, values }) => [name, values[0]?.value]));
}

describe('the counts of workers', () => {
  it('are those of all others, as they were told last', async () => {
    const counts = new ClusterMetrics();
    counts.record(1, await numbers(5, 9));
    counts.record(2, await numbers(10, 9));
    counts.record(2, await numbers(11, 3));
    counts.record(3, await numbers(100, 7));
    expect(await told(counts, 1)).toEqual({ taken: 111, waiting: 7 });
    expect(await told(counts, 3)).toEqual({ taken: 16, waiting: 9 });
  });

  it('stay when their worker is gone; how much there is does not', async () => {
    const counts = new ClusterMetrics();
    counts.record(1, await numbers(5, 900));
    counts.record(2, await numbers(10, 900));
    counts.record(3, await numbers(100, 1));
    counts.workerEnded(1);
    counts.workerEnded(2);
    counts.workerEnded(4);
    expect(await told(counts, 5)).toEqual({ taken: 115, waiting: 1 });
    expect(await told(counts, 3)).toEqual({ taken: 15 });
  });
});
