import { readFileSync } from 'node:fs';

const EVERY_MS = 100;

/** How much memory of the machine a process has, in MiB; 0 where the system does not tell in a file. */
export class MemoryWatch {
  largest = 0;
  private readonly timer = setInterval(() => this.look(), EVERY_MS).unref();

  constructor(private readonly pid: number) {}

  now(): number {
    try {
      const status = readFileSync(`/proc/${this.pid}/status`, 'utf8');
      return Math.round(Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) / 1024);
    } catch {
      return 0;
    }
  }

  end(): void {
    clearInterval(this.timer);
  }

  private look(): void {
    this.largest = Math.max(this.largest, this.now());
  }
}
