import {
  Inject,
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { ProcessRole } from '../../platform/config/process-role.js';
import { PollingLoop } from '../../platform/jobs/index.js';
import { HandoffQueue } from '../inbox/handoff-queue.js';
import { DueProcessor, MAX_DUE_BATCH } from './due-processor.js';
import { HandoffProcessor } from './handoff-processor.js';
import { LANES, POLL_INTERVAL_MS, type Lane } from './lanes.js';

/**
 * In a process that is handed nothing in memory (`ROLE=worker`) the poll finds everything. 127 ms from the acknowledgement
 * to the payment (median) against 488 ms, for 1.7 % of a core in Node and 0.8 % in PostgreSQL (docs/adr/0020).
 */
const WORKER_POLL_INTERVAL_MS = 100;

/**
 * Processes stored messages, in several lanes. A step of a lane is a batch of what this process stored itself
 * ({@link HandoffProcessor}), and now and then a batch of what is due in the table ({@link DueProcessor}): one after the
 * other where nothing waits in memory.
 */
@Injectable()
export class DeliveryWorker implements OnApplicationBootstrap, BeforeApplicationShutdown {
  /** One for each lane. */
  readonly loops: readonly PollingLoop[];
  private readonly pollIntervalMs: number;
  /** By the index of the lane, and by the monotonic clock: the wall clock may be set back. */
  private readonly nextPollAt: number[];

  constructor(
    private readonly queue: HandoffQueue,
    private readonly handoffProcessor: HandoffProcessor,
    private readonly dueProcessor: DueProcessor,
    private readonly role: ProcessRole,
    @Inject(LANES) count: number,
  ) {
    this.pollIntervalMs = role.receives ? POLL_INTERVAL_MS : WORKER_POLL_INTERVAL_MS;
    this.nextPollAt = Array.from({ length: count }, () => 0);
    this.loops = this.nextPollAt.map((_, index) => {
      const step = (): Promise<number> => this.step({ index, count });
      return new PollingLoop(`DeliveryWorker ${index + 1}`, step, this.pollIntervalMs);
    });
  }

  onApplicationBootstrap(): void {
    if (!this.role.works) return;
    this.queue.signals.on('pushed', () => this.wake()).on('deliveriesDue', () => this.pollNow());
    for (const loop of this.loops) loop.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all(this.loops.map((loop) => loop.stop()));
  }

  private wake(): void {
    for (const loop of this.loops) loop.wake();
  }

  private pollNow(): void {
    this.nextPollAt.fill(0);
    this.wake();
  }

  private async step(lane: Lane): Promise<number> {
    if (lane.index === 0) await this.handoffProcessor.flushDeferred();
    const { count, hasFailed } = await this.handoffProcessor.step();
    if (hasFailed) this.pollNow();
    return count + (await this.takeDue(lane));
  }

  /**
   * Deliveries in the table must not wait for ever behind new ones. While this process is behind with its own queue, the
   * oldest rows of the table are that queue: then the lane waits until the next poll.
   */
  private async takeDue(lane: Lane): Promise<number> {
    if (performance.now() < (this.nextPollAt[lane.index] ?? 0)) return 0;
    this.nextPollAt[lane.index] = performance.now() + this.pollIntervalMs;
    const due = await this.handoffProcessor.turns.run(() => this.dueProcessor.step(lane));
    if (due >= MAX_DUE_BATCH && this.queue.size === 0) this.nextPollAt[lane.index] = 0;
    return due;
  }
}
