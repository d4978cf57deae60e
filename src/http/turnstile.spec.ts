import { describe, expect, it } from '@jest/globals';
import { Turnstile } from './turnstile.js';

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('the turnstile', () => {
  it('lets one connection with hundreds of requests keep no other waiting behind them', async () => {
    const turnstile = new Turnstile();
    const begun: string[] = [];
    const [crowd, single] = [{}, {}];
    for (let nth = 0; nth < 500; nth++) turnstile.pass(crowd, () => begun.push(`crowd ${nth}`));
    turnstile.pass(single, () => begun.push('single'));
    const atOnce = begun.length;
    expect(atOnce).toBeLessThan(50);
    await nextTurn();
    expect(begun).toContain('single');
    expect(begun.length).toBeLessThanOrEqual(2 * atOnce);
    while (begun.length < 501) await nextTurn();
    const ofCrowd = begun.filter((name) => name !== 'single');
    expect(ofCrowd).toEqual(Array.from({ length: 500 }, (_, nth) => `crowd ${nth}`));
  });

  it('turns away what is put into one connection without end', () => {
    const turnstile = new Turnstile();
    const crowd = {};
    const answers = Array.from({ length: 5000 }, () => turnstile.pass(crowd, () => {}));
    expect(answers.filter(Boolean).length).toBeLessThan(1100);
    expect(turnstile.pass({}, () => {})).toBe(true);
  });
});
