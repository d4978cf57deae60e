import { Logger } from '@nestjs/common';
import { FailureReporter } from './failure-reporter.js';

/**
 * Calls `step` repeatedly until stopped: at once while a step finds work, else after `idleMs` or after `wake()`.
 *
 * A step that throws does not end the loop. Its error is logged by class and code (the message may quote data), once
 * until a step succeeds or the cause changes, and the next step comes after `idleMs`.
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
    /** Does one portion of work. Resolves with how much it did; 0 means that there is nothing to do. */
    private readonly step: () => Promise<number>,
    private readonly idleMs: number,
  ) {
    const logger = new Logger(name);
    this.failures = new FailureReporter((cause) => logger.error(`step failed: ${cause}`));
  }

  /** Starts the loop once, however often it is called. */
  start(): void {
    this.running ??= this.run();
  }

  /** Takes the next step without waiting, because there may be work. A wake during a step is not lost. */
  wake(): void {
    this.woken = true;
    this.wakeUp?.();
  }

  /** Resolves when the current step has ended. No step follows. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.wake();
    await this.running;
  }

  /** Milliseconds since a step last ended. The readiness check reads it to find a loop that hangs. */
  msSinceLastStep(): number {
    return Date.now() - this.lastStepEndedAt;
  }

  private async run(): Promise<void> {
    while (!this.stopping) {
      this.woken = false;
      const done = await this.stepOrReport();
      this.lastStepEndedAt = Date.now();
      if (done === 0 && !this.woken && !this.stopping) await this.pause();
    }
  }

  private async stepOrReport(): Promise<number> {
    try {
      const done = await this.step();
      this.failures.recordSuccess();
      return done;
    } catch (error) {
      this.failures.recordFailure(error);
      return 0;
    }
  }

  private pause(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(endPause, this.idleMs);
      function endPause(): void {
        clearTimeout(timer);
        resolve();
      }
      this.wakeUp = endPause;
    });
  }
}
