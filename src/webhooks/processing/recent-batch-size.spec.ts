import { describe, expect, it } from '@jest/globals';
import { RecentBatchSize } from './recent-batch-size.js';

/** Commits as [moment, messages]; what is known of their company at `at`. */
function companyAfter(commits: readonly (readonly [number, number])[], at: number): number {
  const company = new RecentBatchSize(0);
  for (const [now, messages] of commits) company.record(messages, now);
  return company.averageAt(at);
}

describe('how many messages go to disk in one commit', () => {
  it.each([
    ['is not known before the first while is over', [[10, 40]], 299, 0],
    [
      'then it is their average',
      [
        [10, 40],
        [20, 2],
        [290, 3],
      ],
      300,
      15,
    ],
    [
      'it holds until the next while is over',
      [
        [10, 40],
        [310, 2],
      ],
      609,
      40,
    ],
    [
      'and is then the average of that one alone',
      [
        [10, 40],
        [310, 2],
        [500, 4],
      ],
      610,
      3,
    ],
    [
      'it is nothing when a while has gone by since',
      [
        [10, 40],
        [310, 40],
      ],
      910,
      0,
    ],
  ] as const)('%s', (_, commits, at, company) => {
    expect(companyAfter(commits, at)).toBe(company);
  });

  it('is nothing after a while without any commit', () => {
    const company = new RecentBatchSize(0);
    company.record(40, 10);
    expect(company.averageAt(310)).toBe(40);
    expect(company.averageAt(610)).toBe(0);
  });
});
