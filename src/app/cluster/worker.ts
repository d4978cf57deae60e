import cluster from 'node:cluster';
import { AggregatorRegistry, register, type Registry } from 'prom-client';
import type { FromWorker, Numbers, ToWorker } from './ipc-messages.js';

let lastQuestion = 0;
const questions = new Map<number, (numbers: Numbers[]) => void>();

/** Resolves when it is on its way. Without a primary nothing is told: a worker ends with it anyway. */
export function tellPrimary(message: FromWorker): Promise<void> {
  return new Promise((resolve) => {
    if (!process.connected) resolve();
    else process.send?.(message, () => resolve());
  });
}

/** From here on this worker hears what the primary asks and answers. */
export function answerPrimary(): void {
  process.on('message', (message: ToWorker) => {
    switch (message.is) {
      case 'numbers, please':
        return void register.getMetricsAsJSON().then((numbers) => tellPrimary({ is: 'numbers', numbers }));
      case 'numbers of others':
        questions.get(message.id)?.(message.numbers);
        questions.delete(message.id);
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
  const id = ++lastQuestion;
  const others = new Promise<Numbers[]>((resolve) => questions.set(id, resolve));
  await tellPrimary({ is: 'question', id, numbers });
  return AggregatorRegistry.aggregate([numbers, ...(await others)]);
}
