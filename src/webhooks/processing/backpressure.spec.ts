import { describe, expect, it } from '@jest/globals';
import { restMs } from './backpressure.js';

describe('how long processing pauses after some work', () => {
  it.each([
    ['when nothing was stored lately: not at all', 0, 20, 0],
    ['when messages are stored one by one: not at all', 1, 20, 0],
    ['when just under 16 messages share a commit: not at all', 15.9, 20, 0],
    ['when senders queue: five times as long as it worked', 16, 20, 100],
    ['when senders queue, after long work: 250 ms at most', 64, 400, 250],
    ['when senders queue, after no work: not at all', 64, 0, 0],
  ])('%s', (_, batchSize, workedMs, rest) => {
    expect(restMs(batchSize, workedMs)).toBe(rest);
  });
});
