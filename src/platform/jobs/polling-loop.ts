import { Logger } from '@nestjs/common';
import { FailureReporter } from './failure-reporter.js';

/**
 * Calls `step` again and again until stopped: at once while there is work, else after `idleMs` or a `wake()`.
 * A step that throws is logged by its error's class and code (never its text, which may quote data), once until a step
 * works or the cause changes, and tried again; nothing a step does can end the loop.
 */
export class PollingLoop {
  private readonly failures: FailureReporter;
  private stopping = false;
  private woken = false;
  private wakeUp: (() => void) | null = null;
  private running: Promise<void> | null = null;
  private lastStepEndedAt = Date.now();

  constructor(
    readonly name: string,
    /** Does one portion of work; the answer is how much it did. */
    private readonly step: () => Promise<number>,
    private readonly idleMs: number,
  ) {
    const logger = new Logger(name);
    this.failures = new FailureReporter((cause) => logger.error(`step failed: ${cause}`));
  }

  start(): void {
    this.running ??= this.run();
  }

  /** There may be work now. */
  wake(): void {
    this.woken = true;
    this.wakeUp?.();
  }

  /** Resolves when the step under way has ended. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.wake();
    await this.running;
  }

  /** Milliseconds since a step last ended: a loop that hangs shows here. */
  msSinceLastStep(): number {
    return Date.now() - this.lastStepEndedAt;
  }

  private async run(): Promise<void> {
    while (!this.stopping) {
      this.woken = false;
      const did = await this.stepOrReport();
      this.lastStepEndedAt = Date.now();
      if (did === 0 && !this.woken && !this.stopping) await this.pause();
    }
  }

  private async stepOrReport(): Promise<number> {
    try {
      const did = await this.step();
      this.failures.recordSuccess();
      return did;
    } catch (error) {
      this.failures.recordFailure(error);
      return 0;
    }
  }

  private pause(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(done, this.idleMs);
      function done(): void {
        clearTimeout(timer);
        resolve();
      }
      this.wakeUp = done;
    });
  }
}
