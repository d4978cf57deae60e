import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { BatchTurns } from './batch-turns.js';

const CALM = 1;
const CONTENDED = 16;

/** Turns over a queue of `load.waiting` items, and the moments at which batches were taken, in milliseconds. */
function turnsOf(load: { waiting: number; batchSize: number }) {
  const turns = new BatchTurns({ waiting: () => load.waiting, recentBatchSize: () => load.batchSize });
  const began = performance.now();
  const taken: number[] = [];
  const take = (): number[] => {
    taken.push(performance.now() - began);
    return [load.waiting];
  };
  return { turns, taken, next: () => turns.next(take) };
}

/** Work that ends when the test says so. */
function openWork(): { work: () => Promise<void>; end: () => void } {
  let end = (): void => undefined;
  const ended = new Promise<void>((resolve) => (end = resolve));
  return { work: () => ended, end };
}

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

describe('the turns of the lanes', () => {
  it('start the first batch at once and the next 40 ms later, whichever lane asks', async () => {
    const { taken, next } = turnsOf({ waiting: 3, batchSize: CALM });
    void next();
    void next();
    await jest.advanceTimersByTimeAsync(39);
    expect(taken).toEqual([0]);
    await jest.advanceTimersByTimeAsync(1);
    expect(taken).toEqual([0, 40]);
  });

  it('start a batch at once where 100 items wait', async () => {
    const { taken, next } = turnsOf({ waiting: 100, batchSize: CALM });
    await next();
    await next();
    expect(taken).toEqual([0, 0]);
  });

  it('do not count a look at an empty queue as a start', async () => {
    const load = { waiting: 0, batchSize: CALM };
    const { turns, taken, next } = turnsOf(load);
    await turns.next(() => []);
    load.waiting = 1;
    await next();
    expect(taken).toEqual([0]);
  });

  it('let one batch work at a time while senders queue, and rest five times as long as it took', async () => {
    const { turns, taken, next } = turnsOf({ waiting: 200, batchSize: CONTENDED });
    const { work, end } = openWork();
    await next();
    void turns.run(work);
    void next();
    await jest.advanceTimersByTimeAsync(30);
    end();
    await jest.advanceTimersByTimeAsync(149);
    expect(taken).toEqual([0]);
    await jest.advanceTimersByTimeAsync(1);
    expect(taken).toEqual([0, 180]);
  });

  it('let batches work beside each other while no sender queues', async () => {
    const { turns, taken, next } = turnsOf({ waiting: 200, batchSize: CALM });
    await next();
    void turns.run(openWork().work);
    await next();
    expect(taken).toEqual([0, 0]);
  });

  it('go on after a batch that failed', async () => {
    const { turns, next, taken } = turnsOf({ waiting: 200, batchSize: CONTENDED });
    await expect(turns.run(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    await expect(
      turns.next(() => {
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    await next();
    expect(taken).toEqual([0]);
  });
});
