import { CannotVerifyNowError } from './gateway.js';

interface Waiting {
  bytes: number;
  start: () => void;
}

/**
 * Bounds work that an unproven request can ask for: `atOnce` pieces run, the next wait in the order they came, up to
 * `waiting` pieces and `waitingBytes`. What comes beyond is told so at once and costs nothing.
 */
export class BoundedChecks {
  private running = 0;
  private heldBytes = 0;
  private readonly queue: Waiting[] = [];

  constructor(
    private readonly atOnce: number,
    private readonly waiting: number,
    private readonly waitingBytes: number,
  ) {}

  /** Runs `check` when it is its turn. Rejects with {@link CannotVerifyNowError} where too many wait already. */
  async run<T>(bytes: number, check: () => Promise<T>): Promise<T> {
    if (this.running >= this.atOnce) await this.turn(bytes);
    else this.running++;
    try {
      return await check();
    } finally {
      this.next();
    }
  }

  private turn(bytes: number): Promise<void> {
    if (this.queue.length >= this.waiting || this.heldBytes + bytes > this.waitingBytes)
      return Promise.reject(new CannotVerifyNowError('too many signatures wait to be checked'));
    this.heldBytes += bytes;
    return new Promise((start) => this.queue.push({ bytes, start }));
  }

  /** The place of one that ended goes to the next, or is free. */
  private next(): void {
    const next = this.queue.shift();
    if (next === undefined) {
      this.running--;
      return;
    }
    this.heldBytes -= next.bytes;
    next.start();
  }
}
