import { setTimeout as sleep } from 'node:timers/promises';
import type { ChaosStage } from './stage.js';

export const FAULT_GROUPS = ['kill', 'database', 'proxy', 'smtp', 'clock'] as const;
export type FaultGroup = (typeof FAULT_GROUPS)[number];

export type Random = () => number;

export interface Fault {
  group: FaultGroup;
  name: string;
  /** The round leaves a service with unusual settings, so the next round must start a fresh one. */
  needsFreshService?: true;
  /** Runs before the traffic starts. */
  prepare?(stage: ChaosStage, random: Random): Promise<void>;
  /** Runs during the traffic. When it resolves, everything works again. False: the trapped moment never came. */
  strike(stage: ChaosStage, random: Random): Promise<boolean>;
}

/** A trap waits 4 s for its moment. After that the fault strikes anyway. */
export const TRAP_TIMEOUT_MS = 4_000;
/** Messages go out 2 s after their payment has settled, and HTTP takes two out of three at the first try. */
export const MESSAGE_TRAP_TIMEOUT_MS = 10_000;
export const randomBetween = (random: Random, least: number, most: number): number =>
  least + random() * (most - least);

export async function restartAfterPause(stage: ChaosStage, random: Random): Promise<void> {
  await sleep(randomBetween(random, 0, 300));
  await stage.startService();
}

/** Calls `arm` and waits until its callback is called. False if that takes longer than `ms`. */
export async function waitForTrap(ms: number, arm: (reached: () => void) => void): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const hit = await new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
    arm(() => resolve(true));
  });
  clearTimeout(timer);
  return hit;
}
