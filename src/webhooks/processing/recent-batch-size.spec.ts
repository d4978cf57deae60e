import { describe, expect, it } from '@jest/globals';
import { RecentBatchSize } from './recent-batch-size.js';

/** Commits as [time in ms, messages]; the average that is known at `at`. */
function averageAfter(commits: readonly (readonly [number, number])[], at: number): number {
  const recent = new RecentBatchSize(0);
  for (const [now, messages] of commits) recent.record(messages, now);
  return recent.averageAt(at);
}

describe('the average number of messages in one commit', () => {
  it.each([
    ['is 0 until the first window of 300 ms is complete', [[10, 40]], 299, 0],
    [
      'is then that of the first window',
      [
        [10, 40],
        [20, 2],
        [290, 3],
      ],
      300,
      15,
    ],
    [
      'stays until the next window is complete',
      [
        [10, 40],
        [310, 2],
      ],
      609,
      40,
    ],
    [
      'is then that of the second window alone',
      [
        [10, 40],
        [310, 2],
        [500, 4],
      ],
      610,
      3,
    ],
    [
      'is 0 when a window without commits has passed since',
      [
        [10, 40],
        [310, 40],
      ],
      910,
      0,
    ],
  ] as const)('%s', (_, commits, at, average) => {
    expect(averageAfter(commits, at)).toBe(average);
  });

  it('is 0 after a window without commits', () => {
    const recent = new RecentBatchSize(0);
    recent.record(40, 10);
    expect(recent.averageAt(310)).toBe(40);
    expect(recent.averageAt(610)).toBe(0);
  });
});
