import { randomBetween, type Fault, type Random } from './fault.js';
import type { ChaosStage } from './stage.js';

const clockFault = (name: string, skew: (random: Random) => ChaosStage['skew']): Fault => ({
  group: 'clock',
  name,
  needsFreshService: true,
  async prepare(stage, random) {
    stage.skew = skew(random);
    await stage.stopService();
    await stage.startService();
  },
  strike: async () => true,
});

/** Signed timestamps are valid for 300 s in both directions. The error of a clock stays below that. */
const MAX_SKEW_SECONDS = 240;
const randomSkew = (random: Random): number =>
  Math.round(randomBetween(random, -MAX_SKEW_SECONDS, MAX_SKEW_SECONDS));

export const CLOCK_FAULTS: readonly Fault[] = [
  clockFault("the service's is wrong", (random) => ({ skew: randomSkew(random), later: 0, after: 1e9 })),
  clockFault("the service's jumps", (random) => {
    const skew = randomSkew(random);
    return { skew, later: Math.max(-MAX_SKEW_SECONDS, Math.min(MAX_SKEW_SECONDS, -skew)), after: 2_500 };
  }),
];
