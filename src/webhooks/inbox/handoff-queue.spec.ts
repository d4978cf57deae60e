import { describe, expect, it } from '@jest/globals';
import { type HandoffItem, HandoffQueue } from './handoff-queue.js';

const items = (count: number, from = 0): HandoffItem[] =>
  Array.from({ length: count }, (_, at) => itemOf(String(from + at), []));
const itemOf = (id: string, payments: readonly string[]): HandoffItem => ({
  id,
  gateway: 'any',
  reports: [],
  payments,
});
const ids = (taken: readonly HandoffItem[]): string[] => taken.map(({ id }) => id);

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
    expect(ids(queue.take(3))).toEqual(['0', '1', '2']);
    expect(ids(queue.take(3))).toEqual(['3']);
    expect(queue.take(3)).toEqual([]);
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
    expect(ids(queue.take(10_000)).at(-1)).toBe('4999');
  });

  it('keeps nothing where nobody consumes, and leaves new deliveries to other processes at once', () => {
    const queue = new HandoffQueue();
    queue.push(items(1), 1);
    expect(queue.size).toBe(0);
    expect(queue.claimableAfterMs).toBe(0);
    expect(consumed().queue.claimableAfterMs).toBe(1_500);
  });

  it('keeps a payment in one hand: another lane gets what is not about it, and not behind it', () => {
    const { queue } = consumed();
    queue.push([itemOf('a1', ['a']), itemOf('b1', ['b'])], 2);
    const first = queue.take(1);
    queue.push([itemOf('a2+c1', ['a', 'c']), itemOf('c2', ['c']), itemOf('d1', ['d'])], 3);
    const second = queue.take(10);
    expect([ids(first), ids(second)]).toEqual([['a1'], ['b1', 'd1']]);
    queue.release(second);
    expect(queue.take(10)).toEqual([]);
    queue.release(first);
    expect(ids(queue.take(10))).toEqual(['a2+c1', 'c2']);
  });

  it('gives a delivery from the table only payments that nobody has in hand, and all of them or none', () => {
    const { queue } = consumed();
    queue.push([itemOf('a1', ['a'])], 1);
    const taken = queue.take(1);
    expect([queue.hold(['b', 'a']), queue.hold(['b', 'c'])]).toEqual([false, true]);
    queue.push([itemOf('c1', ['c']), itemOf('d1', ['d'])], 2);
    expect(ids(queue.take(10))).toEqual(['d1']);
    queue.letGo(['b', 'c']);
    expect(ids(queue.take(10))).toEqual(['c1']);
    queue.release(taken);
    expect(queue.hold(['a'])).toBe(true);
  });

  it('looks no further than 500 items past those it must leave', () => {
    const { queue } = consumed();
    queue.push([itemOf('a', ['a'])], 1);
    queue.take(1);
    queue.push([...items(600).map(({ id }) => itemOf(id, ['a'])), itemOf('b', ['b'])], 601);
    expect(queue.take(1)).toEqual([]);
    expect(queue.size).toBe(601);
  });

  it.each([1, 2, 4, 8])('keeps the items of every payment in order, each once, over %i lanes', (lanes) => {
    for (let seed = 1; seed <= 200; seed++) {
      const given = randomItems(createSeededRandom(seed));
      const ended = workOff(given, lanes, createSeededRandom(seed + 1_000));
      expect(ids(ended).sort()).toEqual(ids(given).sort());
      expect(orderOfEach(ended)).toEqual(orderOfEach(given));
    }
  });
});

/** Numbers from 0 to 1 that follow from the seed (Lehmer's generator). */
function createSeededRandom(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

/** 60 items about 1 to 3 of 7 payments each. */
const randomItems = (random: () => number): HandoffItem[] =>
  Array.from({ length: 60 }, (_, nth) => {
    const payments = Array.from(
      { length: 1 + Math.floor(random() * 3) },
      () => `p${Math.floor(random() * 7)}`,
    );
    return itemOf(`i${nth}`, [...new Set(payments)]);
  });

/** Pushes the items in pieces. Lanes take and end batches at random moments. Returns the items as their batches ended. */
function workOff(given: readonly HandoffItem[], lanes: number, random: () => number): HandoffItem[] {
  const { queue } = consumed();
  const inHand: HandoffItem[][] = Array.from({ length: lanes }, () => []);
  const ended: HandoffItem[] = [];
  for (let pushed = 0; ended.length < given.length;) {
    if (random() < 0.3) queue.push(given.slice(pushed, (pushed += 5)), 5);
    const lane = Math.floor(random() * lanes);
    const batch = inHand[lane] ?? [];
    queue.release(batch);
    ended.push(...batch);
    inHand[lane] = queue.take(1 + Math.floor(random() * 6));
  }
  return ended;
}

/** The items of each payment, in the order given. */
function orderOfEach(given: readonly HandoffItem[]): Record<string, string[]> {
  const order: Record<string, string[]> = {};
  for (const { id, payments } of given) for (const payment of payments) (order[payment] ??= []).push(id);
  return order;
}
