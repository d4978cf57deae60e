import type { Fault } from '../gateways/gateway.js';

/** At most so many faults of one body are kept, shown and answered. The others are counted. */
export const MOST_FAULTS = 100;

/** What is wrong with a body: the first {@link MOST_FAULTS} faults, and how many more there are. */
export interface FaultList {
  readonly faults: readonly Fault[];
  /** Absent where there are none. */
  readonly more?: number;
}

/** Gathers faults in bounded memory. A message past the bound is not even made. */
export class FaultCollector {
  private readonly faults: Fault[] = [];
  private more = 0;

  add(path: string, message: () => string): void {
    if (this.faults.length < MOST_FAULTS) this.faults.push({ path, message: message() });
    else this.more++;
  }

  /** Faults of a part, whose paths begin at `parent`. */
  addAll({ faults, more = 0 }: FaultList, parent: string): void {
    for (const { path, message } of faults) this.add(`${parent}.${path}`, () => message);
    this.more += more;
  }

  /** What was gathered so far. */
  get list(): FaultList {
    return this.more > 0 ? { faults: this.faults, more: this.more } : { faults: this.faults };
  }
}

/** Cuts a list of any length to the bound. `further` faults were counted and not kept before. */
export function faultList(faults: readonly Fault[], further = 0): FaultList {
  const more = Math.max(0, faults.length - MOST_FAULTS) + further;
  return more > 0 ? { faults: faults.slice(0, MOST_FAULTS), more } : { faults };
}
