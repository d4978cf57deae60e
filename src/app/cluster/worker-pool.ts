import cluster, { type Worker } from 'node:cluster';
import { setTimeout as wait } from 'node:timers/promises';
import type { JsonLogger } from '../../platform/logging/json-logger.js';
import { ClusterMetrics } from './cluster-metrics.js';
import type { WorkerMessage, PrimaryMessage } from './ipc-messages.js';
import { nextRestart } from './restart-policy.js';
import { WorkerStartError } from './cluster.errors.js';

export interface WorkerPoolOptions {
  readonly size: number;
  /** How many seconds a worker may take to shut down. */
  readonly shutdownSeconds: number;
  /** Variables of the workers, in addition to those of this process. */
  readonly environment: NodeJS.ProcessEnv;
  readonly logger: JsonLogger;
  /** Called once all workers listen, and again if the URL changes. */
  readonly onListening: (url: string) => void;
  /** Called when a worker waits for the database, and again when the reason changes. */
  readonly onWaiting: (why: string) => void;
}

/** Signals that end the service. A terminal sends some of them to the workers as well. */
const SIGNALS = ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM'] as const;

/** A worker that has not ended this long after `shutdownSeconds` is killed. */
const KILL_GRACE_MS = 1_000;

/** A worker that does not send its metrics in time is counted with those it sent before. */
const METRICS_TIMEOUT_MS = 1_000;

/** Keeps `size` workers running from the start until a signal, and replaces those that end. */
export class WorkerPool {
  private readonly workers = new Map<Worker, { readonly began: number; readonly deaths: number }>();
  private readonly listening = new Map<number, string>();
  /** Workers that answer 503 until the database is available, by id, with their URL. */
  private readonly waiting = new Map<number, string>();
  private readonly restarts = new Set<NodeJS.Timeout>();
  private readonly metrics = new ClusterMetrics();
  private readonly metricsWaiters = new Map<number, (() => void)[]>();
  private state: 'starting' | 'running' | 'ending' = 'starting';
  private reportedUrl = '';
  private waitingReason = '';
  private startError: string | null = null;
  private resolveEnded: () => void = () => undefined;

  constructor(private readonly options: WorkerPoolOptions) {}

  /**
   * Resolves after a signal, when the last worker has ended.
   * @throws WorkerStartError when one of the first workers cannot start; the others have ended by then.
   */
  async run(): Promise<void> {
    const ended = new Promise<void>((resolve) => (this.resolveEnded = resolve));
    for (const signal of SIGNALS) process.on(signal, () => this.shutDown());
    for (let n = 0; n < this.options.size; n++) this.launch(0);
    await ended;
    if (this.startError !== null) throw new WorkerStartError(this.startError);
  }

  /** `deaths` counts the workers before this one that each ended soon after their start. */
  private launch(deaths: number): void {
    const worker = cluster.fork(this.options.environment);
    this.workers.set(worker, { began: Date.now(), deaths });
    worker.on('message', (message: WorkerMessage) => this.onMessage(worker, message));
    worker.once('exit', (code, signal) => this.onWorkerExit(worker, signal || `exit code ${code}`));
    // A message that could not be sent to an ending worker is reported here too; its `exit` event follows.
    worker.on('error', () => {
      if (worker.process.pid === undefined) this.onWorkerExit(worker, 'it could not be forked');
    });
  }

  private onMessage(worker: Worker, message: WorkerMessage): void {
    switch (message.kind) {
      case 'listening':
        this.listening.set(worker.id, message.url);
        this.waiting.delete(worker.id);
        this.options.logger.log(`worker ${worker.process.pid} listens`, 'Workers');
        return this.reportWhenAllListen(message.url);
      case 'waiting':
        this.waiting.set(worker.id, message.url);
        this.reportWhenAllListen(message.url);
        if (message.why !== this.waitingReason) this.options.onWaiting(message.why);
        this.waitingReason = message.why;
        return;
      case 'failed':
        return this.onStartFailure(message.why);
      case 'metrics':
        this.metrics.record(worker.id, message.metrics);
        for (const answered of this.metricsWaiters.get(worker.id) ?? []) answered();
        return void this.metricsWaiters.delete(worker.id);
      case 'others-metrics-request':
        this.metrics.record(worker.id, message.metrics);
        return void this.sendMetricsOfOthers(worker, message.id);
    }
  }

  private reportWhenAllListen(url: string): void {
    const open = new Set([...this.listening.keys(), ...this.waiting.keys()]);
    if (this.state === 'ending' || open.size < this.options.size) return;
    if (this.listening.size === this.options.size) this.state = 'running';
    if (url === this.reportedUrl) return;
    this.reportedUrl = url;
    this.options.onListening(url);
  }

  private onStartFailure(why: string): void {
    if (this.state === 'running') this.options.logger.error(`a worker could not start: ${why}`, 'Workers');
    if (this.state !== 'starting') return;
    this.startError = why;
    this.shutDown();
  }

  private onWorkerExit(worker: Worker, how: string): void {
    const life = this.workers.get(worker);
    if (!life || !this.workers.delete(worker)) return;
    this.listening.delete(worker.id);
    this.waiting.delete(worker.id);
    this.metrics.workerEnded(worker.id);
    for (const answered of this.metricsWaiters.get(worker.id) ?? []) answered();
    this.metricsWaiters.delete(worker.id);
    this.onStartFailure(`A worker ended while it started (${how}).`);
    if (this.state === 'ending') return this.workers.size === 0 ? this.resolveEnded() : undefined;
    const { deaths, pauseMs } = nextRestart(life.deaths, Date.now() - life.began, Math.random());
    const pid = worker.process.pid ?? 'without a process';
    this.options.logger.warn(`worker ${pid} ended (${how}): starting another in ${pauseMs} ms`, 'Workers');
    const timer = setTimeout(() => {
      this.restarts.delete(timer);
      this.launch(deaths);
    }, pauseMs);
    this.restarts.add(timer);
  }

  /**
   * Sends SIGTERM to all workers. A worker whose terminal already signalled it gets a second signal, which does no
   * harm.
   */
  private shutDown(): void {
    if (this.state === 'ending') return;
    this.state = 'ending';
    for (const timer of this.restarts) clearTimeout(timer);
    for (const worker of this.workers.keys()) worker.process.kill('SIGTERM');
    // Each worker has a deadline of its own. It does not help a worker whose event loop hangs.
    const killAll = (): void => {
      for (const worker of this.workers.keys()) worker.process.kill('SIGKILL');
    };
    setTimeout(killAll, this.options.shutdownSeconds * 1000 + KILL_GRACE_MS).unref();
    if (this.workers.size === 0) this.resolveEnded();
  }

  /** Asks only workers that listen: a worker that is starting has no metrics and does not handle messages yet. */
  private async sendMetricsOfOthers(worker: Worker, id: number): Promise<void> {
    const others = [...this.workers.keys()].filter((it) => it !== worker && this.listening.has(it.id));
    const answers = others.map((other) => this.requestMetrics(other));
    await Promise.race([Promise.all(answers), wait(METRICS_TIMEOUT_MS, undefined, { ref: false })]);
    sendMessage(worker, {
      kind: 'others-metrics',
      id,
      metrics: await this.metrics.metricsOfOthers(worker.id),
    });
  }

  private requestMetrics(worker: Worker): Promise<void> {
    return new Promise((resolve) => {
      this.metricsWaiters.set(worker.id, [...(this.metricsWaiters.get(worker.id) ?? []), resolve]);
      sendMessage(worker, { kind: 'metrics-request' });
    });
  }
}

const sendMessage = (worker: Worker, message: PrimaryMessage): void => {
  if (worker.isConnected()) worker.send(message);
};
