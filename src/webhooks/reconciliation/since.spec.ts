import { describe, expect, it } from '@jest/globals';
import { parseSince, scheduledSince } from './since.js';

const NOW = new Date('2026-11-26T12:00:00Z');

describe('since', () => {
  it.each([
    ['7d', '2026-11-19T12:00:00Z'],
    ['72h', '2026-11-23T12:00:00Z'],
    ['365d', '2025-11-26T12:00:00Z'],
    ['2026-11-26', '2026-11-26T00:00:00Z'],
    ['2026-11-26T11:00', '2026-11-26T11:00:00Z'],
    ['2026-11-26T12:00:00+05:30', '2026-11-26T06:30:00Z'],
    ['2026-11-26T12:00:00Z', '2026-11-26T12:00:00Z'],
  ])('%s is %s', (text, time) => {
    expect(parseSince(text, NOW)).toEqual(new Date(time));
  });

  it.each([
    '',
    '0d',
    '7',
    '7w',
    '-7d',
    '366d',
    '99999h',
    '2026-11-26T12:00:01Z',
    '2025-11-25',
    '2026-02-30T00:00:00Z',
    'now',
  ])('refuses %j', (text) => {
    expect(parseSince(text, NOW)).toBeNull();
  });

  it('of a scheduled run is 72 hours before what was covered, and never more than a year back', () => {
    expect(scheduledSince(null, NOW)).toEqual(new Date('2026-11-23T12:00:00Z'));
    expect(scheduledSince(new Date('2026-11-10T00:00:00Z'), NOW)).toEqual(new Date('2026-11-07T00:00:00Z'));
    expect(scheduledSince(new Date('2020-01-01'), NOW)).toEqual(new Date('2025-11-26T12:00:00Z'));
  });
});
