import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { MAIN } from './project.js';

const START_TIMEOUT_MS = 60_000;

/** The service as it ships, in a process of its own. */
export interface RunningService {
  url: string;
  pid: number;
  /** Sends SIGKILL and waits for the end: nothing is finished, nothing is said goodbye to. */
  kill(): Promise<void>;
  /** Sends SIGTERM and waits for the end. */
  stop(): Promise<void>;
}

/**
 * Starts it in `folder`, so that no `.env` of the caller's interferes; `preload` is a module to load before it. Rejects
 * with what it said when it ends early.
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
  const said: string[] = [];
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`the service did not start within ${START_TIMEOUT_MS / 1000} s`));
    }, START_TIMEOUT_MS);
    const read = (line: string): void => {
      said.push(line);
      const url = /^Payhook is listening on (\S+)$/.exec(line)?.[1];
      if (url === undefined) return;
      clearTimeout(timer);
      resolve(url);
    };
    for (const stream of [child.stdout, child.stderr]) if (stream) createInterface(stream).on('line', read);
    child.once('exit', (code) => {
      clearTimeout(timer);
      reject(new Error(`the service ended (${code}) before it listened:\n${said.slice(-20).join('\n')}`));
    });
  });
}
