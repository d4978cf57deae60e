import { readFileSync } from 'node:fs';

/** What a process has used so far. Read from /proc: all zero where there is none. */
export interface Usage {
  cpuSeconds: number;
  rssBytes: number;
  /** The most it ever held. */
  peakBytes: number;
}

/** `sysconf(_SC_CLK_TCK)` of every Linux that runs Node. */
const CLOCK_TICKS_PER_SECOND = 100;

export function usageOf(pid: number): Usage {
  const status = read(`/proc/${pid}/status`);
  const [, , , , , , , , , , , user = 0, system = 0] = read(`/proc/${pid}/stat`)
    .replace(/^.*\) /, '')
    .split(' ')
    .map(Number);
  const kib = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) * 1024;
  return {
    cpuSeconds: (user + system) / CLOCK_TICKS_PER_SECOND,
    rssBytes: kib('VmRSS'),
    peakBytes: kib('VmHWM'),
  };
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // no /proc on this system, or the process is gone
  }
}
