import cluster from 'node:cluster';
import { AggregatorRegistry, register, type Registry } from 'prom-client';
import type { WorkerMessage, MetricsSnapshot, PrimaryMessage } from './ipc-messages.js';

let lastRequestId = 0;
const pendingRequests = new Map<number, (metrics: MetricsSnapshot[]) => void>();

/** Sends a message and resolves when it is sent. Does nothing if the primary has ended: the worker ends too. */
export function sendToPrimary(message: WorkerMessage): Promise<void> {
  return new Promise((resolve) => {
    if (!process.connected) resolve();
    else process.send?.(message, () => resolve());
  });
}

/** Starts handling messages from the primary. */
export function listenToPrimary(): void {
  process.on('message', (message: PrimaryMessage) => {
    switch (message.kind) {
      case 'metrics-request':
        return void register
          .getMetricsAsJSON()
          .then((metrics) => sendToPrimary({ kind: 'metrics', metrics }));
      case 'others-metrics':
        pendingRequests.get(message.id)?.(message.metrics);
        pendingRequests.delete(message.id);
    }
  });
}

/**
 * Returns the metrics of the whole service: of this process, or the sum over all workers in a cluster. A metric that is
 * read from the database is not added up; its `aggregator` is `first`, which takes the value of the process asked.
 */
export async function metricsOfAllWorkers(): Promise<Pick<Registry, 'metrics'>> {
  if (!cluster.isWorker) return register;
  const metrics = await register.getMetricsAsJSON();
  const id = ++lastRequestId;
  const others = new Promise<MetricsSnapshot[]>((resolve) => pendingRequests.set(id, resolve));
  await sendToPrimary({ kind: 'others-metrics-request', id, metrics });
  return AggregatorRegistry.aggregate([metrics, ...(await others)]);
}
