import { AggregatorRegistry } from 'prom-client';
import type { Numbers } from './ipc-messages.js';

/**
 * What each worker counted when it was last asked. Of a worker that is gone the counts stay: a sum that falls reads
 * like a restart of the whole service, after which everything was counted anew.
 */
export class Counts {
  private readonly last = new Map<number, Numbers>();
  private ofGone: Promise<Numbers> = Promise.resolve([]);

  heard(worker: number, numbers: Numbers): void {
    this.last.set(worker, numbers);
  }

  ended(worker: number): void {
    const counted = (this.last.get(worker) ?? []).filter(({ type }) => COUNTED.includes(String(type)));
    this.last.delete(worker);
    this.ofGone = this.ofGone.then((gone) =>
      AggregatorRegistry.aggregate([gone, counted]).getMetricsAsJSON(),
    );
  }

  /** Of all but this one. */
  async ofOthers(worker: number): Promise<Numbers[]> {
    const living = [...this.last].filter(([id]) => id !== worker).map(([, numbers]) => numbers);
    return [...living, await this.ofGone];
  }
}

/** What only ever grows. How much there is of something goes with the worker that said so. */
const COUNTED = ['counter', 'histogram'];
