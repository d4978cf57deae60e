import { describe, expect, it } from '@jest/globals';
import { RefusalSampler } from './refusal-sampler.js';

const times = <T>(count: number, make: (nth: number) => T): T[] =>
  Array.from({ length: count }, (_, nth) => make(nth));
const kept = (attentions: readonly string[]) =>
  attentions.filter((attention) => attention !== 'count').length;

describe('which refusals of a flood are kept', () => {
  it('a few of one address a second, and a few again in the next', () => {
    const sample = new RefusalSampler();
    expect(kept(times(5000, () => sample.decide('192.0.2.1', false, 1000)))).toBe(20);
    expect(kept(times(5000, () => sample.decide('192.0.2.1', false, 2000)))).toBe(20);
  });

  it('one a second of an address that is told 429, so that others stay in sight', () => {
    const sample = new RefusalSampler();
    expect(kept(times(5000, () => sample.decide('192.0.2.1', true, 1000)))).toBe(1);
    expect(sample.decide('192.0.2.2', false, 1000)).not.toBe('count');
  });

  it('a bounded number of all addresses together, of which fewer are examined', () => {
    const sample = new RefusalSampler();
    const attentions = times(5000, (nth) => sample.decide(`192.0.2.${nth}`, false, 1000));
    expect(kept(attentions)).toBe(100);
    expect(attentions.filter((attention) => attention === 'examine')).toHaveLength(10);
  });
});
