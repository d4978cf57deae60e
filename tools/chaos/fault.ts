import { setTimeout as sleep } from 'node:timers/promises';
import type { ChaosStage } from './stage.js';

export const FAULT_GROUPS = ['kill', 'database', 'proxy', 'smtp', 'clock'] as const;
export type FaultGroup = (typeof FAULT_GROUPS)[number];

export type Random = () => number;

export interface Fault {
  group: FaultGroup;
  name: string;
  /** What runs after the round is not the ordinary service: the next round starts another. */
  needsFreshService?: true;
  /** Before the traffic begins. */
  prepare?(stage: ChaosStage, random: Random): Promise<void>;
  /** While it is under way. When it resolves, everything works again; false: the moment it waited for never came. */
  strike(stage: ChaosStage, random: Random): Promise<boolean>;
}

/** Traps wait so long for their moment; a round that never has it is struck anyway. */
export const TRAP_TIMEOUT_MS = 4_000;
export const randomBetween = (random: Random, least: number, most: number): number =>
  least + random() * (most - least);

export async function restartAfterPause(stage: ChaosStage, random: Random): Promise<void> {
  await sleep(randomBetween(random, 0, 300));
  await stage.startService();
}

/** Calls `arm`, and waits until what it was given is called, but not for longer than `ms`: false then. */
export async function waitForTrap(ms: number, arm: (reached: () => void) => void): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const hit = await new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
    arm(() => resolve(true));
  });
  clearTimeout(timer);
  return hit;
}
