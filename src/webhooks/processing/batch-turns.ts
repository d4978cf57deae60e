import { isContended, restMs } from './backpressure.js';

/** With so many items waiting, a batch starts at once. */
const FULL_BATCH = 100;
/** Otherwise batches start this far apart: a transaction for two messages costs nearly as much as one for ten. */
const BATCH_INTERVAL_MS = 40;

/** What decides when the next batch starts. */
interface Load {
  /** How many stored messages wait in this process. */
  waiting(): number;
  /** How many messages recent commits stored on average. */
  recentBatchSize(): number;
}

/**
 * Says when the next batch of this process starts, whichever lane works on it. One lane at a time waits for its turn, so
 * messages gather for the process and not for each lane.
 *
 * While senders queue, the lanes work one after the other, with pauses: then processing as a whole has the share of the
 * time that one lane would have (docs/adr/0008).
 */
export class BatchTurns {
  private lastTurn: Promise<unknown> = Promise.resolve();
  private readonly underWay = new Set<Promise<unknown>>();
  private startedAt = -Infinity;
  private endedAt = -Infinity;
  private workedMs = 0;

  constructor(private readonly load: Load) {}

  /** Waits until a batch may start, and takes it. `take` runs in the same tick as the decision. */
  async next<Item>(take: () => Item[]): Promise<Item[]> {
    const turn = this.lastTurn.then(async () => {
      await this.waitForStart();
      const items = take();
      if (items.length > 0) this.startedAt = performance.now();
      return items;
    });
    this.lastTurn = turn.catch(() => undefined);
    return turn;
  }

  /** Runs the work on a batch. The pause that follows depends on how long the work took. */
  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    const began = performance.now();
    const running = work();
    this.underWay.add(running);
    try {
      return await running;
    } finally {
      this.underWay.delete(running);
      this.endedAt = performance.now();
      this.workedMs = this.endedAt - began;
    }
  }

  private async waitForStart(): Promise<void> {
    if (isContended(this.load.recentBatchSize())) await Promise.allSettled(this.underWay);
    const restedAt = this.endedAt + restMs(this.load.recentBatchSize(), this.workedMs);
    const gatheredAt = this.load.waiting() < FULL_BATCH ? this.startedAt + BATCH_INTERVAL_MS : -Infinity;
    const pause = Math.max(restedAt, gatheredAt) - performance.now();
    if (pause > 0 && this.load.waiting() > 0) await sleep(pause);
  }
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
