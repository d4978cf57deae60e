import { describe, expect, it } from '@jest/globals';
import { type HandoffItem, HandoffQueue } from './handoff-queue.js';

const items = (count: number, from = 0): HandoffItem[] =>
  Array.from({ length: count }, (_, at) => ({ id: String(from + at), gateway: 'any', reports: [] }));
const ids = (drained: readonly HandoffItem[]): string[] => drained.map(({ id }) => id);

/** A queue with a consumer, and the batch sizes that the consumer was told. */
function consumed(): { queue: HandoffQueue; told: number[] } {
  const queue = new HandoffQueue();
  const told: number[] = [];
  queue.signals.on('pushed', (batchSize) => told.push(batchSize));
  return { queue, told };
}

describe('the handoff queue', () => {
  it('gives items out in the order they were pushed, each once', () => {
    const { queue } = consumed();
    queue.push(items(2), 2);
    queue.push(items(2, 2), 2);
    expect(ids(queue.drain(3))).toEqual(['0', '1', '2']);
    expect(ids(queue.drain(3))).toEqual(['3']);
    expect(queue.drain(3)).toEqual([]);
  });

  it('tells the consumer how large each commit was, also of a commit without items', () => {
    const { queue, told } = consumed();
    queue.push(items(1), 7);
    queue.push([], 3);
    expect(told).toEqual([7, 3]);
  });

  it('keeps the oldest 5,000 items: the others are claimed from the table', () => {
    const { queue } = consumed();
    queue.push(items(4_999), 4_999);
    queue.push(items(3, 4_999), 3);
    expect(queue.size).toBe(5_000);
    expect(ids(queue.drain(10_000)).at(-1)).toBe('4999');
  });

  it('keeps nothing where nobody consumes, and leaves new deliveries to other processes at once', () => {
    const queue = new HandoffQueue();
    queue.push(items(1), 1);
    expect(queue.size).toBe(0);
    expect(queue.claimableAfterMs).toBe(0);
    expect(consumed().queue.claimableAfterMs).toBe(1_500);
  });
});
