import { describe, expect, it } from '@jest/globals';
import { AggregatorRegistry, Counter, Gauge, Registry } from 'prom-client';
import { ClusterMetrics } from './cluster-metrics.js';
import type { MetricsSnapshot } from './ipc-messages.js';

/** The metrics of a worker that took `taken` webhooks and sees `waiting` of them. */
function snapshot(taken: number, waiting: number): Promise<MetricsSnapshot> {
  const registers = [new Registry()];
  new Counter({ name: 'taken', help: '-', labelNames: ['gateway'], registers }).inc({ gateway: 'a' }, taken);
  new Gauge({ name: 'waiting', help: '-', aggregator: 'max', registers }).set(waiting);
  return (registers[0] as Registry).getMetricsAsJSON();
}

async function summedFor(counts: ClusterMetrics, asked: number): Promise<Record<string, number | undefined>> {
  const sum = await AggregatorRegistry.aggregate(await counts.metricsOfOthers(asked)).getMetricsAsJSON();
  return Object.fromEntries(sum.map(({ name, values }) => [name, values[0]?.value]));
}

describe('the metrics of workers', () => {
  it('are the last ones that every other worker sent', async () => {
    const counts = new ClusterMetrics();
    counts.record(1, await snapshot(5, 9));
    counts.record(2, await snapshot(10, 9));
    counts.record(2, await snapshot(11, 3));
    counts.record(3, await snapshot(100, 7));
    expect(await summedFor(counts, 1)).toEqual({ taken: 111, waiting: 7 });
    expect(await summedFor(counts, 3)).toEqual({ taken: 16, waiting: 9 });
  });

  it('keep the counters of an ended worker and drop its gauges', async () => {
    const counts = new ClusterMetrics();
    counts.record(1, await snapshot(5, 900));
    counts.record(2, await snapshot(10, 900));
    counts.record(3, await snapshot(100, 1));
    counts.workerEnded(1);
    counts.workerEnded(2);
    counts.workerEnded(4);
    expect(await summedFor(counts, 5)).toEqual({ taken: 115, waiting: 1 });
    expect(await summedFor(counts, 3)).toEqual({ taken: 15 });
  });
});
