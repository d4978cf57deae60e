import { readFileSync } from 'node:fs';

const SAMPLE_INTERVAL_MS = 100;

/** Samples the resident memory of a process in MiB. 0 on systems without `/proc`. */
export class MemoryWatch {
  peakMiB = 0;
  private readonly timer = setInterval(() => this.sample(), SAMPLE_INTERVAL_MS).unref();

  constructor(private readonly pid: number) {}

  readMiB(): number {
    try {
      const status = readFileSync(`/proc/${this.pid}/status`, 'utf8');
      return Math.round(Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) / 1024);
    } catch {
      return 0;
    }
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private sample(): void {
    this.peakMiB = Math.max(this.peakMiB, this.readMiB());
  }
}
