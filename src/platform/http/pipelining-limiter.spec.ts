import { describe, expect, it } from '@jest/globals';
import { PipeliningLimiter } from './pipelining-limiter.js';

const nextTick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('the limiter of pipelined requests', () => {
  it('lets one connection with hundreds of requests keep no other waiting behind them', async () => {
    const limiter = new PipeliningLimiter();
    const begun: string[] = [];
    const [crowd, single] = [{}, {}];
    for (let nth = 0; nth < 500; nth++) limiter.admit(crowd, () => begun.push(`crowd ${nth}`));
    limiter.admit(single, () => begun.push('single'));
    const atOnce = begun.length;
    expect(atOnce).toBeLessThan(50);
    await nextTick();
    expect(begun).toContain('single');
    expect(begun.length).toBeLessThanOrEqual(2 * atOnce);
    while (begun.length < 501) await nextTick();
    const ofCrowd = begun.filter((name) => name !== 'single');
    expect(ofCrowd).toEqual(Array.from({ length: 500 }, (_, nth) => `crowd ${nth}`));
  });

  it('turns away what is put into one connection without end', () => {
    const limiter = new PipeliningLimiter();
    const crowd = {};
    const answers = Array.from({ length: 5000 }, () => limiter.admit(crowd, () => {}));
    expect(answers.filter(Boolean).length).toBeLessThan(1100);
    expect(limiter.admit({}, () => {})).toBe(true);
  });

  it('begins no more than may be under way, and goes on in turn as each is done', async () => {
    const limiter = new PipeliningLimiter({ active: 3, perConnection: 10, queuedBehind: 10 });
    const begun: string[] = [];
    const [crowd, single] = [{}, {}];
    for (let nth = 0; nth < 5; nth++) limiter.admit(crowd, () => begun.push(`crowd ${nth}`));
    limiter.admit(single, () => begun.push('single'));
    await nextTick();
    expect(begun).toEqual(['crowd 0', 'crowd 1', 'crowd 2']);
    expect([limiter.active, limiter.waiting]).toEqual([3, 3]);
    limiter.done();
    await nextTick();
    expect(begun.at(-1)).toBe('single');
    limiter.forget(crowd);
    limiter.done();
    await nextTick();
    expect([begun.length, limiter.active, limiter.waiting]).toEqual([4, 2, 0]);
  });

  it('shares the room behind others among the connections that want it', () => {
    const limiter = new PipeliningLimiter({ active: 0, perConnection: 100, queuedBehind: 20 });
    const [first, second, third] = [{}, {}, {}];
    const fill = (connection: object): number => {
      let count = 0;
      do limiter.admit(connection, () => undefined);
      while (++count < 200 && limiter.hasRoom(connection));
      return count;
    };
    expect(fill(first)).toBe(20);
    expect(fill(second)).toBeLessThanOrEqual(3);
    limiter.forget(first);
    expect(fill(third)).toBeLessThanOrEqual(11);
  });
});
