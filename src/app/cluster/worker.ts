import cluster from 'node:cluster';
import { AggregatorRegistry, register, type Registry } from 'prom-client';
import type { WorkerMessage, MetricsSnapshot, PrimaryMessage } from './ipc-messages.js';

let lastRequestId = 0;
const pendingRequests = new Map<number, (numbers: MetricsSnapshot[]) => void>();

/** Resolves when it is on its way. Without a primary nothing is told: a worker ends with it anyway. */
export function sendToPrimary(message: WorkerMessage): Promise<void> {
  return new Promise((resolve) => {
    if (!process.connected) resolve();
    else process.send?.(message, () => resolve());
  });
}

/** From here on this worker hears what the primary asks and answers. */
export function listenToPrimary(): void {
  process.on('message', (message: PrimaryMessage) => {
    switch (message.kind) {
      case 'numbers, please':
        return void register
          .getMetricsAsJSON()
          .then((numbers) => sendToPrimary({ kind: 'numbers', numbers }));
      case 'numbers of others':
        pendingRequests.get(message.id)?.(message.numbers);
        pendingRequests.delete(message.id);
    }
  });
}

/**
 * The metrics of the service: of this process, and where it is one of several workers of all of them together. What
 * was not counted by a process but read from the database says by its `aggregator` that it is not to be added up;
 * `first` is the one of the process that was asked.
 */
export async function metricsOfAllWorkers(): Promise<Pick<Registry, 'metrics'>> {
  if (!cluster.isWorker) return register;
  const numbers = await register.getMetricsAsJSON();
  const id = ++lastRequestId;
  const others = new Promise<MetricsSnapshot[]>((resolve) => pendingRequests.set(id, resolve));
  await sendToPrimary({ kind: 'question', id, numbers });
  return AggregatorRegistry.aggregate([numbers, ...(await others)]);
}
