import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { MAIN } from './project.js';

const START_TIMEOUT_MS = 60_000;

/** The built service in its own process. */
export interface RunningService {
  url: string;
  pid: number;
  /** Sends SIGKILL and waits for the exit: no transaction is finished, and no connection is closed properly. */
  kill(): Promise<void>;
  /** Sends SIGTERM and waits for the exit. */
  stop(): Promise<void>;
}

/**
 * Starts the service in `folder`, so that no `.env` of the caller interferes. `preload` is a module that is loaded before
 * it. Rejects with the last 20 lines of output if the service exits before it listens.
 */
export async function startService(
  folder: string,
  environment: Record<string, string>,
  preload?: URL,
): Promise<RunningService> {
  const options = preload ? ['--import', preload.href] : [];
  const child = spawn(process.execPath, ['--enable-source-maps', ...options, MAIN], {
    cwd: folder,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const url = await waitForUrl(child);
  return {
    url,
    pid: child.pid ?? 0,
    kill: () => endProcess(child, 'SIGKILL'),
    stop: () => endProcess(child, 'SIGTERM'),
  };
}

async function endProcess(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill(signal);
  await ended;
}

function waitForUrl(child: ChildProcess): Promise<string> {
  const output: string[] = [];
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`the service did not start within ${START_TIMEOUT_MS / 1000} s`));
    }, START_TIMEOUT_MS);
    const read = (line: string): void => {
      output.push(line);
      const url = /^Payhook is listening on (\S+)$/.exec(line)?.[1];
      if (url === undefined) return;
      clearTimeout(timer);
      resolve(url);
    };
    for (const stream of [child.stdout, child.stderr]) if (stream) createInterface(stream).on('line', read);
    child.once('exit', (code) => {
      clearTimeout(timer);
      reject(new Error(`the service ended (${code}) before it listened:\n${output.slice(-20).join('\n')}`));
    });
  });
}
