import { describe, expect, it } from '@jest/globals';
import { SingleFlightCache } from './single-flight-cache.js';

/** A read that the test ends, and a clock that it moves. */
function heldRead() {
  const begun: ((value: number | Error) => void)[] = [];
  let clock = 0;
  const shared = new SingleFlightCache(
    () =>
      new Promise<number>((resolve, reject) => {
        begun.push((value) => (value instanceof Error ? reject(value) : resolve(value)));
      }),
    () => clock,
  );
  const settled = () => new Promise<void>((resolve) => setImmediate(resolve));
  return { shared, begun, settled, pass: (ms: number) => (clock += ms) };
}

describe('a single-flight cache', () => {
  it('reads fresh after the call: callers during a read share the next one', async () => {
    const { shared, begun, settled } = heldRead();
    const first = shared.readFresh();
    await settled();
    const later = [shared.readFresh(), shared.readFresh(), shared.readFresh()];
    await settled();
    expect(begun).toHaveLength(1);
    begun[0]?.(1);
    expect(await first).toBe(1);
    await settled();
    expect(begun).toHaveLength(2);
    begun[1]?.(2);
    expect(await Promise.all(later)).toEqual([2, 2, 2]);
    expect(begun).toHaveLength(2);
  });

  it('reuses a recent value while it is young, and shares the read under way', async () => {
    const { shared, begun, settled, pass } = heldRead();
    const [one, other] = [shared.readRecent(1_000), shared.readRecent(1_000)];
    await settled();
    begun[0]?.(1);
    expect(await Promise.all([one, other])).toEqual([1, 1]);
    pass(1_000);
    expect(await shared.readRecent(1_000)).toBe(1);
    expect(begun).toHaveLength(1);
    pass(1);
    const next = shared.readRecent(1_000);
    await settled();
    begun[1]?.(2);
    expect(await next).toBe(2);
  });

  it('rejects a failed read only for those who share it', async () => {
    const { shared, begun, settled } = heldRead();
    const failing = [shared.readFresh(), shared.readRecent(1_000)];
    const after = settled().then(() => shared.readFresh());
    await settled();
    begun[0]?.(new Error('away'));
    expect((await Promise.allSettled(failing)).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await settled();
    begun[1]?.(2);
    expect(await after).toBe(2);
  });

  it('forgets the value before a failed read', async () => {
    const { shared, begun, settled } = heldRead();
    const first = shared.readFresh();
    await settled();
    begun[0]?.(1);
    expect(await first).toBe(1);
    const failing = shared.readFresh();
    await settled();
    begun[1]?.(new Error('away'));
    await expect(failing).rejects.toThrow('away');
    const next = shared.readRecent(1_000);
    await settled();
    begun[2]?.(3);
    expect(await next).toBe(3);
  });

  it('reads again once it was invalidated', async () => {
    const { shared, begun, settled } = heldRead();
    const first = shared.readRecent(1_000);
    await settled();
    begun[0]?.(1);
    expect(await first).toBe(1);
    shared.invalidate();
    const next = shared.readRecent(1_000);
    await settled();
    begun[1]?.(2);
    expect(await next).toBe(2);
  });

  it('reads again after a failed recent read', async () => {
    const { shared, begun, settled } = heldRead();
    const failing = shared.readRecent(1_000);
    await settled();
    begun[0]?.(new Error('away'));
    await expect(failing).rejects.toThrow('away');
    const next = shared.readRecent(1_000);
    await settled();
    begun[1]?.(2);
    expect(await next).toBe(2);
  });
});
