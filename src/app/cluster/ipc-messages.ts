import type { Registry } from 'prom-client';

/** The numbers of one process, as they travel. */
export type MetricsSnapshot = Awaited<ReturnType<Registry['getMetricsAsJSON']>>;

/** What a worker tells the primary. */
export type WorkerMessage =
  | { kind: 'listening'; url: string }
  /** It listens there and waits for the database; the sentence is for who started the service. */
  | { kind: 'waiting'; why: string; url: string }
  /** It could not start; the sentence is for who started the service. */
  | { kind: 'failed'; why: string }
  /** Its own numbers, with a question for those of all others. */
  | { kind: 'question'; id: number; numbers: MetricsSnapshot }
  /** Its own numbers, as it was asked. */
  | { kind: 'numbers'; numbers: MetricsSnapshot };

/** What the primary tells a worker. */
export type PrimaryMessage =
  | { kind: 'numbers, please' }
  /** The answer to the worker's question of that id. */
  | { kind: 'numbers of others'; id: number; numbers: MetricsSnapshot[] };
