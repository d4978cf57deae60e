import { describe, expect, it } from '@jest/globals';
import { SharedAnswer } from './shared-answer.js';

describe('an answer that is shared', () => {
  it('is found once for all who ask while it is looked for, and serves for its time', async () => {
    let found = 0;
    let now = 0;
    const shared = new SharedAnswer(
      () => Promise.resolve(++found),
      1_000,
      () => now,
    );
    expect(await Promise.all([shared.get(), shared.get(), shared.get()])).toEqual([1, 1, 1]);
    now = 999;
    expect(await shared.get()).toBe(1);
    now = 1_000;
    expect(await shared.get()).toBe(2);
  });

  it('is found anew once it was forgotten', async () => {
    let found = 0;
    const shared = new SharedAnswer(
      () => Promise.resolve(++found),
      1_000,
      () => 0,
    );
    await shared.get();
    shared.forget();
    expect(await shared.get()).toBe(2);
  });

  it('is looked for again after a failure', async () => {
    let fails = true;
    const find = (): Promise<string> => (fails ? Promise.reject(new Error('away')) : Promise.resolve('here'));
    const shared = new SharedAnswer(find, 1_000, () => 0);
    await expect(shared.get()).rejects.toThrow('away');
    fails = false;
    expect(await shared.get()).toBe('here');
  });
});
