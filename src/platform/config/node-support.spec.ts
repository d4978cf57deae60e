import { describe, expect, it } from '@jest/globals';
import { endOfLifeWarning } from './node-support.js';

describe('the warning about an old Node', () => {
  it('names the line and its last day from the day after that', () => {
    expect(endOfLifeWarning('20.20.2', new Date('2026-05-01T00:00:00Z'))).toMatch(/^Node 20 .*2026-04-30/);
  });

  it.each([
    ['on the last day itself', '20.19.0', '2026-04-30T12:00:00Z'],
    ['while the line is maintained', '26.10.0', '2026-11-26T00:00:00Z'],
    ['for a line that the table does not know', '40.0.0', '2040-01-01T00:00:00Z'],
  ])('is not given %s', (_, version, now) => {
    expect(endOfLifeWarning(version, new Date(now))).toBeNull();
  });

  it('is given for the lines in between as well', () => {
    expect(endOfLifeWarning('25.1.0', new Date('2026-11-26T00:00:00Z'))).toMatch(/^Node 25 /);
  });
});
