import type { Registry } from 'prom-client';

/** The metrics of one process, as JSON that can be sent between processes. */
export type MetricsSnapshot = Awaited<ReturnType<Registry['getMetricsAsJSON']>>;

/** Messages from a worker to the primary. */
export type WorkerMessage =
  | { kind: 'listening'; url: string }
  /** The worker listens at `url` and waits for the database; `why` is a sentence for the operator. */
  | { kind: 'waiting'; why: string; url: string }
  /** The worker could not start; `why` is a sentence for the operator. */
  | { kind: 'failed'; why: string }
  /** Asks for the metrics of all other workers, and brings those of this worker. */
  | { kind: 'others-metrics-request'; id: number; metrics: MetricsSnapshot }
  /** The answer to `metrics-request`. */
  | { kind: 'metrics'; metrics: MetricsSnapshot };

/** Messages from the primary to a worker. */
export type PrimaryMessage =
  | { kind: 'metrics-request' }
  /** The answer to the worker's `others-metrics-request` with this id. */
  | { kind: 'others-metrics'; id: number; metrics: MetricsSnapshot[] };
