import { readdirSync, readFileSync } from 'node:fs';

/** What a process has used so far. Read from /proc: all zero where there is none. */
export interface Usage {
  cpuSeconds: number;
  rssBytes: number;
  /** The most it ever held. */
  peakBytes: number;
}

/** What the processors of the machine did since it started, in seconds of one core. */
export interface CoreSeconds {
  idle: number;
  all: number;
}

/** `sysconf(_SC_CLK_TCK)` of every Linux that runs Node. */
const CLOCK_TICKS_PER_SECOND = 100;

export function usageOf(pid: number): Usage {
  const status = read(`/proc/${pid}/status`);
  const kib = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) * 1024;
  return {
    cpuSeconds: toSeconds(processOf(pid).own),
    rssBytes: kib('VmRSS'),
    peakBytes: kib('VmHWM'),
  };
}

/** CPU of a process and of all its descendants, of those too that have ended and that a parent has waited for. */
export function treeCpuSeconds(pid: number): number {
  return toSeconds(ticksOfTree(processOf(pid), allProcesses()));
}

export const ticksOfTree = (root: Process, all: readonly Process[]): number =>
  all
    .filter(({ parent }) => parent === root.pid)
    .reduce((sum, child) => sum + ticksOfTree(child, all), root.own + root.ended);

/** The command as the process tells it; empty where there is no such process. */
export const commandOf = (pid: number): string => read(`/proc/${pid}/cmdline`);

export const parentOf = (pid: number): number => processOf(pid).parent;

export function coreSeconds(): CoreSeconds {
  const [line = ''] = read('/proc/stat').split('\n');
  // user nice system idle iowait irq softirq steal; what follows is part of user and nice.
  const ticks = line.split(/\s+/).slice(1, 9).map(Number);
  const [, , , idle = 0, waiting = 0] = ticks;
  return { idle: toSeconds(idle + waiting), all: toSeconds(ticks.reduce((sum, it) => sum + it, 0)) };
}

export interface Process {
  pid: number;
  parent: number;
  /** Clock ticks of the process, and of its children that have ended. */
  own: number;
  ended: number;
}

const allProcesses = (): Process[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => processOf(Number(name)));

const processOf = (pid: number): Process => processIn(pid, read(`/proc/${pid}/stat`));

/** Fields of `/proc/<pid>/stat` from the state on: man 5 proc. The command before it may hold anything. */
export function processIn(pid: number, stat: string): Process {
  const fields = stat
    .replace(/^.*\) /s, '')
    .split(' ')
    .map(Number);
  const [, parent = 0] = fields;
  const [user = 0, system = 0, endedUser = 0, endedSystem = 0] = fields.slice(11, 15);
  return { pid, parent, own: user + system, ended: endedUser + endedSystem };
}

const toSeconds = (ticks: number): number => ticks / CLOCK_TICKS_PER_SECOND;

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // no /proc on this system, or the process is gone
  }
}
