import type { InterpretedMessage } from '../message/interpret-message.js';
import type { NewDelivery } from './delivery.store.js';
import type { NotStoredError, StoreResult } from './store-result.js';

const MAX_MESSAGES = 10_000;
/** Includes the batch that is being written. */
const MAX_BYTES = 64 * 1024 * 1024;
/** One INSERT needs several times the bytes of its batch in memory. */
const MAX_BATCH_BYTES = 4 * 1024 * 1024;

/** A verified message whose sender waits for the answer. */
export interface QueuedMessage {
  delivery: NewDelivery;
  interpreted: InterpretedMessage;
  /** In milliseconds, as `Date.now()`. */
  queuedAt: number;
  resolve: (result: StoreResult) => void;
  reject: (error: NotStoredError) => void;
}

/** Messages that wait to be written, oldest first: at most 10,000, and at most 64 MiB of bodies. */
export class InboxQueue {
  private messages: QueuedMessage[] = [];
  private bytes = 0;

  get length(): number {
    return this.messages.length;
  }

  /** Whether a further body of so many bytes fits. */
  hasRoom(bytes: number): boolean {
    return this.messages.length < MAX_MESSAGES && this.bytes + bytes <= MAX_BYTES;
  }

  push(message: QueuedMessage): void {
    this.bytes += message.delivery.raw.length;
    this.messages.push(message);
  }

  /**
   * Takes out the next batch: up to `max` messages and 4 MiB of bodies, and at least one message. Its bytes count until
   * {@link release}.
   */
  nextBatch(max: number): QueuedMessage[] {
    let bytes = 0;
    let count = 0;
    for (const { delivery } of this.messages.slice(0, max)) {
      bytes += delivery.raw.length;
      if (count > 0 && bytes > MAX_BATCH_BYTES) break;
      count++;
    }
    return this.messages.splice(0, count);
  }

  /** Takes out everything; its bytes no longer count. */
  clear(): QueuedMessage[] {
    const messages = this.messages.splice(0);
    this.release(messages);
    return messages;
  }

  /** The messages of a batch are answered: their bytes no longer count. */
  release(answered: readonly QueuedMessage[]): void {
    for (const { delivery } of answered) this.bytes -= delivery.raw.length;
  }
}
