import type { Registry } from 'prom-client';

/** The numbers of one process, as they travel. */
export type Numbers = Awaited<ReturnType<Registry['getMetricsAsJSON']>>;

/** What a worker tells the primary. */
export type FromWorker =
  | { is: 'listening'; url: string }
  /** It listens there and waits for the database; the sentence is for who started the service. */
  | { is: 'waiting'; why: string; url: string }
  /** It could not start; the sentence is for who started the service. */
  | { is: 'failed'; why: string }
  /** Its own numbers, with a question for those of all others. */
  | { is: 'question'; id: number; numbers: Numbers }
  /** Its own numbers, as it was asked. */
  | { is: 'numbers'; numbers: Numbers };

/** What the primary tells a worker. */
export type ToWorker =
  | { is: 'numbers, please' }
  /** The answer to the worker's question of that id. */
  | { is: 'numbers of others'; id: number; numbers: Numbers[] };
