import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { until } from './test-app.js';

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** The service as it was built, in a process and a folder of its own, and every byte it writes. */
export class ShippedService {
  /** All of standard output and standard error so far. */
  output = '';
  url = '';

  private constructor(
    private readonly child: ChildProcess,
    private readonly folder: string,
  ) {
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
  }

  /** Nothing of this process's environment gets in but the path. Throws with the output when it does not listen. */
  static async start(environment: Record<string, string>): Promise<ShippedService> {
    const folder = await mkdtemp(join(tmpdir(), 'payhook-shipped-'));
    const child = spawn(process.execPath, [MAIN], {
      cwd: folder,
      env: { PATH: process.env.PATH, HOST: '127.0.0.1', PORT: '0', ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const service = new ShippedService(child, folder);
    let ended = false;
    child.once('close', () => (ended = true));
    const listening = (): string | undefined => /Payhook is listening on (\S+)/.exec(service.output)?.[1];
    await until(() => ended || listening(), 'the service to listen', 60_000).catch(() => undefined);
    service.url = listening() ?? '';
    if (service.url !== '') return service;
    await service.stop();
    throw new Error(`the service did not listen:\n${service.output}`);
  }

  /** As an operator would: waits for the end of what is under way, and for the last line. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      const closed = once(this.child, 'close');
      this.child.kill(signal);
      await closed;
    }
    await rm(this.folder, { recursive: true, force: true });
  }
}
