import { between, type Fault, type Random } from './fault.js';
import type { ChaosStage } from './stage.js';

const skewed = (name: string, skew: (random: Random) => ChaosStage['skew']): Fault => ({
  group: 'clock',
  name,
  leavesOdd: true,
  async prepare(stage, random) {
    stage.skew = skew(random);
    await stage.stopService();
    await stage.startService();
  },
  strike: async () => true,
});

/** Signed timestamps count for 300 s either way: what is wrong with a clock stays within that. */
const MOST_SKEW_S = 240;
const anySkew = (random: Random): number => Math.round(between(random, -MOST_SKEW_S, MOST_SKEW_S));

export const CLOCK_FAULTS: readonly Fault[] = [
  skewed("the service's is wrong", (random) => ({ skew: anySkew(random), later: 0, after: 1e9 })),
  skewed("the service's jumps", (random) => {
    const skew = anySkew(random);
    return { skew, later: Math.max(-MOST_SKEW_S, Math.min(MOST_SKEW_S, -skew)), after: 2_500 };
  }),
];
