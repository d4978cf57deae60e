import { packageOf, placeOf } from './cpu-profile.js';

/** The profile of allocations as V8 writes it, as far as we read it. Sizes in bytes, of samples scaled up by V8. */
export interface AllocationProfile {
  head: AllocationNode;
}

interface AllocationNode {
  callFrame: { functionName: string; url: string; lineNumber: number };
  selfSize: number;
  children: AllocationNode[];
}

export interface Allocated {
  bytes: number;
  byPackage: [string, number][];
  byFunction: [string, number][];
}

/** What was allocated, by whoever allocated it; the most first. */
export function allocated({ head }: AllocationProfile): Allocated {
  const byPackage = new Map<string, number>();
  const byFunction = new Map<string, number>();
  let bytes = 0;
  const add = (to: Map<string, number>, key: string, size: number): unknown =>
    to.set(key, (to.get(key) ?? 0) + size);
  const visit = ({ callFrame, selfSize, children }: AllocationNode): void => {
    const { functionName, url, lineNumber } = callFrame;
    if (selfSize > 0 && !/\/profile\/sampler\.js/.test(url)) {
      bytes += selfSize;
      const owner = packageOf(url, functionName);
      add(byPackage, owner, selfSize);
      add(byFunction, `${owner}: ${functionName || '(anonymous)'} ${placeOf(url, lineNumber)}`, selfSize);
    }
    children.forEach(visit);
  };
  visit(head);
  const mostFirst = (sizes: Map<string, number>): [string, number][] =>
    [...sizes].sort((a, b) => b[1] - a[1]);
  return { bytes, byPackage: mostFirst(byPackage), byFunction: mostFirst(byFunction) };
}
