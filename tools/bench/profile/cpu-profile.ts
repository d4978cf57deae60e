/** The profile as V8 writes it, as far as we read it. */
export interface CpuProfile {
  nodes: {
    id: number;
    callFrame: { functionName: string; url: string; lineNumber: number };
    children?: number[];
  }[];
  samples: number[];
  /** Microseconds from one sample to the next. */
  timeDeltas: number[];
}

/** A place in the code, and the time spent in it and below it, in microseconds. */
export interface Frame {
  name: string;
  package: string;
  where: string;
  self: number;
  total: number;
  children: Frame[];
}

/** The process waited for work, or began to be watched: no part of what work costs. */
const isIdle = ({ name, where }: Frame): boolean => name === '(idle)' || /\/profile\/sampler\.js/.test(where);

/** The tree of calls; `total` of the root is the time in which anything was done. */
export function callTree({ nodes, samples, timeDeltas }: CpuProfile): Frame {
  const frames = new Map<number, Frame>();
  for (const { id, callFrame } of nodes) {
    frames.set(id, {
      name: callFrame.functionName || '(anonymous)',
      package: packageOf(callFrame.url, callFrame.functionName),
      where: placeOf(callFrame.url, callFrame.lineNumber),
      self: 0,
      total: 0,
      children: [],
    });
  }
  samples.forEach((id, at) => {
    const frame = frames.get(id);
    if (frame) frame.self += timeDeltas[at] ?? 0;
  });
  for (const { id, children = [] } of nodes) {
    const found = children.map((child) => frames.get(child)).filter((it) => it !== undefined);
    frames.get(id)?.children.push(...found.filter((it) => !isIdle(it)));
  }
  const root = frames.get(nodes[0]?.id ?? 0);
  if (!root) throw new Error('the profile is empty');
  addUp(root);
  return root;
}

function addUp(frame: Frame): number {
  frame.total = frame.self + frame.children.reduce((sum, child) => sum + addUp(child), 0);
  return frame.total;
}

export function packageOf(url: string, functionName: string): string {
  if (functionName === '(garbage collector)') return 'gc';
  const found = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1];
  if (found) return found;
  if (url.includes('/dist/')) return 'payhook';
  return url.startsWith('node:') || url === '' ? 'node' : 'other';
}

export function placeOf(url: string, line: number): string {
  if (url === '') return '';
  const short = url.replace(/^.*\/node_modules\//, '').replace(/^.*\/dist\//, 'dist/');
  return `${short}:${line + 1}`;
}

/** Self time of every function, wherever it was called from; the most first. */
export function selfTimes(
  root: Frame,
  keyOf: (frame: Frame) => string,
): [key: string, microseconds: number][] {
  const times = new Map<string, number>();
  const visit = (frame: Frame): void => {
    if (frame.self > 0) times.set(keyOf(frame), (times.get(keyOf(frame)) ?? 0) + frame.self);
    frame.children.forEach(visit);
  };
  visit(root);
  return [...times].sort((a, b) => b[1] - a[1]);
}
