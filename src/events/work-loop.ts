import { Logger } from '@nestjs/common';
import { ReportableError } from './reportable-error.js';

/**
 * Calls `step` again and again until stopped: at once while there is work, else after `idleMs` or a `wake()`.
 * A step that throws is logged by its error's class and code (never its text, which may quote data) and tried
 * again; nothing a step does can end the loop.
 */
export class WorkLoop {
  private readonly logger: Logger;
  private stopping = false;
  private woken = false;
  private wakeUp: (() => void) | null = null;
  private running: Promise<void> | null = null;
  private lastFinished = Date.now();

  constructor(
    readonly name: string,
    /** Does one portion of work; the answer is how much it did. */
    private readonly step: () => Promise<number>,
    private readonly idleMs: number,
  ) {
    this.logger = new Logger(name);
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
  idleFor(): number {
    return Date.now() - this.lastFinished;
  }

  private async run(): Promise<void> {
    while (!this.stopping) {
      this.woken = false;
      const did = await this.step().catch((error: unknown) => this.failed(error));
      this.lastFinished = Date.now();
      if (did === 0 && !this.woken && !this.stopping) await this.pause();
    }
  }

  private failed(error: unknown): number {
    this.logger.error(`step failed: ${describeError(error)}`);
    return 0;
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

/** As classes, codes and constraints are named. What is not may be data under a name it has no right to. */
const NAME = /^(?:[A-Za-z][\w.-]{0,63}|[0-9A-Z]{5})$/;

/**
 * What an operator reads of an error. A {@link ReportableError} is told by name and sentence. Every other error is told
 * by class, code and constraint, and its cause likewise: a message may quote data and stays out of logs and tables.
 */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return 'something that is not an error was thrown';
  const cause = error.cause instanceof Error ? ` (${describeError(error.cause)})` : '';
  if (error instanceof ReportableError) return `${error.constructor.name}: ${error.message}${cause}`;
  const driver = (error as { driverError?: { code?: unknown; constraint?: unknown } }).driverError;
  const code = (error as { code?: unknown }).code ?? driver?.code;
  const constraint = driver?.constraint;
  const parts = [error.constructor.name, code, constraint].filter(
    (part) => typeof part === 'string' && NAME.test(part),
  );
  return (parts.join(' ') || 'an error without a name') + cause;
}
