import { createSeededRandom } from '../../src/simulator/misbehaviour.js';

/** Choices that follow from a seed alone. */
export class Choices {
  private readonly random: () => number;

  constructor(seed: number) {
    this.random = createSeededRandom(seed);
  }

  /** A whole number from 0, below `end`. */
  integerBelow(end: number): number {
    return Math.floor(this.random() * end);
  }

  /** True so many times in a hundred. */
  chance(share: number): boolean {
    return this.random() * 100 < share;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.integerBelow(items.length)] as T;
  }
}

/** The nth case's own choices: any one of a run can be played again alone. */
export const createChoices = (seed: number, nth: number): Choices =>
  new Choices(Math.imul(seed, 0x9e3779b1) ^ Math.imul(nth + 1, 0x85ebca6b));
