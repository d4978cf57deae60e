import { createSeededRandom } from '../../src/simulator/tampering.js';

/** Random choices that depend only on a seed. */
export class Choices {
  private readonly random: () => number;

  constructor(seed: number) {
    this.random = createSeededRandom(seed);
  }

  /** A whole number from 0 to `end` - 1. */
  integerBelow(end: number): number {
    return Math.floor(this.random() * end);
  }

  /** True with a probability of `share` percent. */
  chance(share: number): boolean {
    return this.random() * 100 < share;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.integerBelow(items.length)] as T;
  }
}

/** The choices of the nth case. They do not depend on other cases, so that one case can be played again alone. */
export const createChoices = (seed: number, nth: number): Choices =>
  new Choices(Math.imul(seed, 0x9e3779b1) ^ Math.imul(nth + 1, 0x85ebca6b));
