import { describe, expect, it } from '@jest/globals';
import { failuresIn, isFailure, signedEvent, type Events } from './events.js';

const events = (failing: number, count = 1000): Events => ({
  tag: 't',
  count,
  about: 'many payments',
  apart: false,
  failing,
});
const failed = (of: Events): number[] =>
  Array.from({ length: of.count }, (_, nth) => nth).filter((nth) => isFailure(of, nth));

describe('events of a load', () => {
  it.each([0, 1, 7, 10, 29, 50, 99, 100])('%i of a hundred fail, spread evenly', (failing) => {
    const nths = failed(events(failing));
    expect(nths).toHaveLength(failing * 10);
    expect(nths).toHaveLength(failuresIn(events(failing)));
    // Any hundred in a row hold as many.
    for (let from = 0; from + 100 <= 1000; from++)
      expect(nths.filter((nth) => nth >= from && nth < from + 100)).toHaveLength(failing);
  });

  it('one in ten is every tenth', () => {
    expect(failed(events(10, 35))).toEqual([9, 19, 29]);
    expect(failuresIn(events(10, 35))).toBe(3);
  });

  it('says so in the body, which is as long as the others', () => {
    const bodies = [8, 9].map((nth) => signedEvent(events(10), nth).body);
    expect(
      bodies.map((body) => (JSON.parse(body.toString()) as { type: string; data: object }).type),
    ).toEqual(['payment_intent.succeeded', 'payment_intent.payment_failed']);
    expect(bodies.map((body) => body.length)).toEqual([1500, 1500]);
  });
});
