import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { bareEnvironment } from '../../src/platform/config/bare-environment.js';
import { API_KEY, QUIET_PAUSE_MS, until, type Json, type TestApp } from './test-app.js';

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
/** A folder without a .env. */
const FOLDER = fileURLToPath(new URL('.', import.meta.url));

/** The service as it was built, in a process of its own, that can be killed as by a power cut. */
export interface BuiltService extends Pick<TestApp, 'url' | 'get' | 'quiet'> {
  readonly pid: number;
  /** Every line it wrote so far. */
  readonly said: readonly string[];
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
  /** SIGTERM, or another signal; resolves when it has ended, with its exit code where it was not the signal. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

/** Takes the last build as it is: `npm test` makes one. `cwd` is the folder that it is started in. Rejects with what it said where it does not start. */
export async function startBuiltService(
  environment: Record<string, string>,
  cwd: string = FOLDER,
): Promise<BuiltService> {
  const child = spawn(process.execPath, [MAIN], {
    cwd,
    env: { ...bareEnvironment(), NODE_ENV: 'test', PORT: '0', API_KEYS: `ops:${API_KEY}`, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    createInterface(stream).on('line', (line) => said.push(line));
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
  const listening = () => said.map((line) => /^Payhook is listening on (\S+)$/.exec(line)?.[1]).find(Boolean);
  const url = await until(() => hasEnded() || listening(), 'the service to listen', 60_000);
  if (typeof url !== 'string')
    throw new Error(`the service ended with ${child.exitCode}:\n${said.join('\n')}`);

  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    if (!hasEnded()) {
      const ended = once(child, 'exit');
      child.kill(signal);
      await ended;
    }
    return child.exitCode;
  };
  const get = async <T = Json>(path: string): Promise<T> => {
    const response = await fetch(url + path, { headers: { authorization: `Bearer ${API_KEY}` } });
    if (!response.ok) throw new Error(`GET ${path} answered ${response.status}`);
    return (await response.json()) as T;
  };
  const isQuiet = async () => (await get<{ quiet: boolean }>('/stats')).quiet;
  return {
    url,
    pid: child.pid ?? 0,
    said,
    get,
    quiet: async () => void (await until(isQuiet, 'nothing to be pending', 60_000, QUIET_PAUSE_MS)),
    kill: async () => void (await end('SIGKILL')),
    stop: (signal = 'SIGTERM') => end(signal),
  };
}
