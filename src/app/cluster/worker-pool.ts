import cluster, { type Worker } from 'node:cluster';
import { setTimeout as wait } from 'node:timers/promises';
import type { ServiceLogger } from '../../platform/logging/json-logger.js';
import { Counts } from './cluster-metrics.js';
import type { FromWorker, ToWorker } from './ipc-messages.js';
import { restart } from './restart-policy.js';
import { WorkersFailed } from './cluster.errors.js';

export interface GroupOptions {
  readonly size: number;
  /** How long a worker may take over its end. */
  readonly shutdownSeconds: number;
  /** Over the one of this process. */
  readonly environment: NodeJS.ProcessEnv;
  readonly logger: ServiceLogger;
  /** Called once all workers listen; again only where they had all died, and listen elsewhere. */
  readonly onListening: (url: string) => void;
  /** Called when workers wait for the database, and again when the reason changes. */
  readonly onWaiting: (why: string) => void;
}

/** What a terminal or a supervisor ends a service with. A worker hears some of them from the terminal itself. */
const SIGNALS = ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM'] as const;

/** After the time that a worker has for its end. */
const KILLED_AFTER_MS = 1_000;

/** A worker that is slow to tell its numbers is shown with those it told before. */
const NUMBERS_WITHIN_MS = 1_000;

/** The workers of this process: as many as there should be, from the start to a signal. */
export class WorkerGroup {
  private readonly living = new Map<Worker, { readonly began: number; readonly deaths: number }>();
  private readonly listening = new Map<number, string>();
  /** Those that listen and answer 503 until the database is there. */
  private readonly waiting = new Map<number, string>();
  private readonly restarts = new Set<NodeJS.Timeout>();
  private readonly counts = new Counts();
  private readonly asked = new Map<number, (() => void)[]>();
  private state: 'starting' | 'running' | 'ending' = 'starting';
  private told = '';
  private waitingFor = '';
  private fault: string | null = null;
  private ended: () => void = () => undefined;

  constructor(private readonly options: GroupOptions) {}

  /**
   * Resolves when a signal came and the last worker has ended.
   * @throws WorkersFailed when one of the first workers cannot start; the others have ended by then.
   */
  async run(): Promise<void> {
    const ended = new Promise<void>((resolve) => (this.ended = resolve));
    for (const signal of SIGNALS) process.on(signal, () => this.end());
    for (let n = 0; n < this.options.size; n++) this.launch(0);
    await ended;
    if (this.fault !== null) throw new WorkersFailed(this.fault);
  }

  /** `deaths`: how many died there soon, one upon the other, before. */
  private launch(deaths: number): void {
    const worker = cluster.fork(this.options.environment);
    this.living.set(worker, { began: Date.now(), deaths });
    worker.on('message', (message: FromWorker) => this.hear(worker, message));
    worker.once('exit', (code, signal) => this.bury(worker, signal || `exit code ${code}`));
    // What could not be sent to a worker that is ending comes as an error, too: the exit that follows tells enough.
    worker.on('error', () => {
      if (worker.process.pid === undefined) this.bury(worker, 'it could not be forked');
    });
  }

  private hear(worker: Worker, message: FromWorker): void {
    switch (message.is) {
      case 'listening':
        this.listening.set(worker.id, message.url);
        this.waiting.delete(worker.id);
        this.options.logger.log(`worker ${worker.process.pid} listens`, 'Workers');
        return this.tellWhenAllListen(message.url);
      case 'waiting':
        this.waiting.set(worker.id, message.url);
        this.tellWhenAllListen(message.url);
        if (message.why !== this.waitingFor) this.options.onWaiting(message.why);
        this.waitingFor = message.why;
        return;
      case 'failed':
        return this.failToStart(message.why);
      case 'numbers':
        this.counts.heard(worker.id, message.numbers);
        for (const answered of this.asked.get(worker.id) ?? []) answered();
        return void this.asked.delete(worker.id);
      case 'question':
        this.counts.heard(worker.id, message.numbers);
        return void this.answer(worker, message.id);
    }
  }

  private tellWhenAllListen(url: string): void {
    const open = new Set([...this.listening.keys(), ...this.waiting.keys()]);
    if (this.state === 'ending' || open.size < this.options.size) return;
    if (this.listening.size === this.options.size) this.state = 'running';
    if (url === this.told) return;
    this.told = url;
    this.options.onListening(url);
  }

  private failToStart(why: string): void {
    if (this.state === 'running') this.options.logger.error(`a worker could not start: ${why}`, 'Workers');
    if (this.state !== 'starting') return;
    this.fault = why;
    this.end();
  }

  private bury(worker: Worker, how: string): void {
    const life = this.living.get(worker);
    if (!life || !this.living.delete(worker)) return;
    this.listening.delete(worker.id);
    this.waiting.delete(worker.id);
    this.counts.ended(worker.id);
    for (const answered of this.asked.get(worker.id) ?? []) answered();
    this.asked.delete(worker.id);
    this.failToStart(`A worker ended while it started (${how}).`);
    if (this.state === 'ending') return this.living.size === 0 ? this.ended() : undefined;
    const { deaths, pauseMs } = restart(life.deaths, Date.now() - life.began, Math.random());
    const pid = worker.process.pid ?? 'without a process';
    this.options.logger.warn(`worker ${pid} ended (${how}): starting another in ${pauseMs} ms`, 'Workers');
    const timer = setTimeout(() => {
      this.restarts.delete(timer);
      this.launch(deaths);
    }, pauseMs);
    this.restarts.add(timer);
  }

  /** Each worker ends as the service does without workers, and hears the signal once more where a terminal told it. */
  private end(): void {
    if (this.state === 'ending') return;
    this.state = 'ending';
    for (const timer of this.restarts) clearTimeout(timer);
    for (const worker of this.living.keys()) worker.process.kill('SIGTERM');
    // Each ends by itself in time, but for one whose loop hangs.
    const killAll = (): void => {
      for (const worker of this.living.keys()) worker.process.kill('SIGKILL');
    };
    setTimeout(killAll, this.options.shutdownSeconds * 1000 + KILLED_AFTER_MS).unref();
    if (this.living.size === 0) this.ended();
  }

  /** Only those who listen are asked: one that is starting up has counted nothing, and does not hear yet. */
  private async answer(worker: Worker, id: number): Promise<void> {
    const others = [...this.living.keys()].filter((it) => it !== worker && this.listening.has(it.id));
    const answers = others.map((other) => this.numbersOf(other));
    await Promise.race([Promise.all(answers), wait(NUMBERS_WITHIN_MS, undefined, { ref: false })]);
    tell(worker, { is: 'numbers of others', id, numbers: await this.counts.ofOthers(worker.id) });
  }

  private numbersOf(worker: Worker): Promise<void> {
    return new Promise((resolve) => {
      this.asked.set(worker.id, [...(this.asked.get(worker.id) ?? []), resolve]);
      tell(worker, { is: 'numbers, please' });
    });
  }
}

const tell = (worker: Worker, message: ToWorker): void => {
  if (worker.isConnected()) worker.send(message);
};
