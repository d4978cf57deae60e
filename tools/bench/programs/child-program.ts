import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { bareEnvironment } from '../../../src/platform/config/bare-environment.js';
import { onExit } from '../at-end.js';
import { treeCpuSeconds, type Usage, usageOf } from './usage.js';
import { LISTENING } from './listening.js';

const START_TIMEOUT_MS = 60_000;

export interface StartOptions {
  /** Another Node than the one that runs the bench. */
  node?: string;
  /** The file to run and what it is told. */
  file: string;
  args?: readonly string[];
  environment?: Record<string, string>;
  folder?: string;
  /** For Node itself. */
  nodeOptions?: readonly string[];
}

/** A program under test in a process of its own, as it listens. */
export interface ChildProgram {
  url: string;
  pid: number;
  usage(): Usage;
  /** CPU of the process and of all that it started. */
  cpuSeconds(): number;
  /** SIGTERM, and waits for the end. */
  stop(): Promise<void>;
}

/** Resolves once it says that it listens. Rejects with what it said when it ends before that. */
export async function startProgram({
  node = process.execPath,
  file,
  args = [],
  environment = {},
  folder,
  nodeOptions = [],
}: StartOptions): Promise<ChildProgram> {
  const child = spawn(node, [...nodeOptions, file, ...args], {
    cwd: folder,
    env: { ...bareEnvironment(), ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'exit');
  const stop = onExit(async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
    await ended;
  });
  const pid = child.pid as number;
  return {
    url: await listening(child),
    pid,
    usage: () => usageOf(pid),
    cpuSeconds: () => treeCpuSeconds(pid),
    stop,
  };
}

function listening(child: ChildProcess): Promise<string> {
  const said: string[] = [];
  return new Promise((resolve, reject) => {
    const fail = (why: string): void => reject(new Error(`${why}:\n${said.slice(-20).join('\n')}`));
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      fail(`${child.spawnfile} did not listen within ${START_TIMEOUT_MS / 1000} s`);
    }, START_TIMEOUT_MS);
    const read = (line: string): void => {
      if (said.length < 1000) said.push(line);
      const url = LISTENING.exec(line)?.[1];
      if (url === undefined) return;
      clearTimeout(timer);
      resolve(url);
    };
    for (const stream of [child.stdout, child.stderr]) if (stream) createInterface(stream).on('line', read);
    child.once('exit', (code, signal) => {
      clearTimeout(timer);
      fail(`${child.spawnargs.join(' ')} ended (${code ?? signal})`);
    });
  });
}
